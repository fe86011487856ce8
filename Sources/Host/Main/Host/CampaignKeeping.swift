import Calls
import Campaigns
import Control
import Core
import JSONKit
import Store

/// The campaigns that a host keeps.
enum CampaignKeeping {
    static func services(
        _ configuration: Configuration,
        _ store: Store,
        _ agents: AgentDirectory,
        _ rules: RuleBook
    ) -> CampaignServices {
        let gaps = configuration.dialing.gaps(in: rules)
        if !gaps.isEmpty {
            Log("rules").warning(
                "dialing.rules has no file for countries that are shipped with rules; add theirs, if you call there",
                ["countries": .string(gaps.joined(separator: ", "))]
            )
        }
        let neighbours = CampaignKeeper.Neighbours(
            agents: { () async throws(StoreError) in
                try await agents.list().map { document in
                    let message = agents.find(document.name)?.voicemail.message ?? ""
                    return CampaignSurroundings.Agent(document.name, hasMessage: !message.isEmpty)
                }
            },
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
