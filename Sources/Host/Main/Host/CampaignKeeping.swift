import Campaigns
import Control
import Store

/// The campaigns that a host keeps.
enum CampaignKeeping {
    static func services(
        _ configuration: Configuration,
        _ store: Store,
        _ agents: AgentDirectory,
        _ rules: RuleBook
    ) -> CampaignServices {
        let neighbours = CampaignKeeper.Neighbours(
            agents: { () async throws(StoreError) in try await agents.list().map(\.name) },
            dispositions: Disposition.catalogue.map(\.name),
            problems: { rules.problems(of: $0) },
            isFed: { [pulls = configuration.leadPulls] list in pulls.contains { $0.list == list } }
        )
        return CampaignServices(
            CampaignKeeper(store, neighbours),
            CampaignReporter(store, rules, zone: configuration.jobs.zone),
            rules
        )
    }
}
