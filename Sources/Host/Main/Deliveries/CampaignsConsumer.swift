import Campaigns
import Core
import JSONKit
import Store

/// Tells campaigns what concerns them: a CRM wants one to start, an agent's document is gone. Its cursor is durable, so a wish
/// that is uttered while the host is down is heard later; what cannot be done is parked with its reason.
struct CampaignsConsumer: Sendable {
    let keeper: CampaignKeeper

    func courier(_ store: Store) -> Courier {
        Courier("campaigns", topics: [.campaignWanted, .agentDeleted], store: store, manner: .inOrder) {
            batch throws(DeliveryFailure) in
            var failures: [DeliveryFailure?] = []
            for recorded in batch { failures.append(try await tell(recorded.event)) }
            return failures
        }
    }

    private func tell(_ event: Event) async throws(DeliveryFailure) -> DeliveryFailure? {
        do throws(StoreError) {
            if event.topic == .agentDeleted {
                try await keeper.agentDeleted(event.key)
            } else if try await keeper.get(event.key).state != CampaignState.running.rawValue {
                _ = try await keeper.start(event.key, by: .crm, atOnce: event.data["at_once"]?.bool ?? false)
            }
            return nil
        } catch {
            switch error {
            case .refused, .notFound: return DeliveryFailure("\(error)", isRetryable: false)
            default: throw DeliveryFailure("\(error)", isRetryable: true)
            }
        }
    }
}
