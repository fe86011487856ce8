import Campaigns
import Control
import Store

/// The campaigns that a host keeps.
enum CampaignKeeping {
    static func services(
        _ configuration: Configuration,
        _ store: Store,
        _ agents: AgentDirectory
    ) throws(StartFailure) -> CampaignServices {
        let rules = try StartFailure.wrap { () throws(RuleError) in try RuleBook.shipped() }
        let neighbours = CampaignKeeper.Neighbours(
            agents: { () async throws(StoreError) in try await agents.list().map(\.name) },
            dispositions: Disposition.catalogue.map(\.name)
        )
        return CampaignServices(
            CampaignKeeper(store, neighbours),
            CampaignReporter(store, rules, zone: configuration.jobs.zone),
            rules
        )
    }
}
