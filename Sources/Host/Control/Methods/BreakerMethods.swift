import Core
import JSONKit
import PluginHost
import Routes

/// breaker.*
struct BreakerMethods: Sendable {
    let services: Services

    var methods: [Method] { [.quick("breaker.list", list), .quick("breaker.reset", reset)] }

    private func list(_ parameters: Parameters) throws(Failure) -> JSON {
        let now = Moment.now()
        return ["items": .array(services.routes.breakers.list().map { Self.describe($0, now) })]
    }

    private func reset(_ parameters: Parameters) throws(Failure) -> JSON {
        let plugin = parameters.string("plugin")
        do throws(PluginError) { _ = try services.plugins.info(plugin) } catch { throw Failure(error) }
        services.routes.breakers.reset(plugin)
        return ["plugin": .string(plugin)]
    }

    private static func describe(_ status: Breakers.Status, _ now: Moment) -> JSON {
        var members: JSONObject = ["plugin": .string(status.plugin)]
        switch status.state {
        case .closed: members["state"] = "closed"
        case .open(let until):
            members["state"] = "open"
            members["retry_in_ms"] = .int(max(0, (until - now).wholeMilliseconds))
        case .probing: members["state"] = "probing"
        }
        members["usual_wait_ms"] = .int(status.patience?.wholeMilliseconds ?? 0)
        return .object(members)
    }
}
