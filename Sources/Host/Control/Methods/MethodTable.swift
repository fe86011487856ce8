import JSONKit
import RPCSchema

/// Every method, from the files beside this one.
enum MethodTable {
    static func all(_ services: Services, worker: Worker, checker: Worker, interface: Interface) -> [Method] {
        let discover = Method.quick("rpc.discover") { _ in interface.document }
        return SystemMethods(services: services).methods
            + PluginMethods(services: services, worker: worker, checker: checker).methods
            + RouteMethods(services: services, worker: worker).methods
            + BreakerMethods(services: services).methods
            + CallMethods(services: services).methods
            + AgentMethods(services: services).methods
            + CampaignMethods(services: services).methods
            + CollectionMethods(services: services).methods
            + EventMethods(services: services).methods
            + SessionMethods(services: services).methods
            + DeliveryMethods(services: services).methods
            + AnalyticsMethods(services: services).methods
            + JobMethods(services: services).methods
            + LeadMethods(services: services).methods
            + DncMethods(services: services).methods
            + PrivacyMethods(services: services).methods
            + ConfigMethods(services: services).methods
            + MetricsMethods().methods
            + [discover]
    }
}
