import Calls
import Core
import JSONKit
import Store

/// Calls that the host has had placed: somebody has answered, and the carrier asks what to do. Whatever is not as it was
/// ordered is hung up on: nobody must be talked to by mistake.
extension Webhook {
    func answer(_ attempt: String, _ json: JSON) {
        let incoming = Incoming(
            carrierCallID: json["carrier_call_id"]?.string ?? "",
            from: json["from"]?.string ?? "",
            to: json["to"]?.string ?? "",
            isOutbound: true
        )
        let (answeredBy, answeredAt) = (json["answered_by"]?.string ?? "", loop.now)
        let (services, loop, bound) = (services, loop, LoopBound(self, loop))
        Task {
            let found: Result<PlacedCall?, StoreError>
            do throws(StoreError) { found = .success(try await services.placed(attempt)) } catch {
                found = .failure(error)
            }
            loop.perform {
                bound.with { webhook in
                    guard let placed = webhook.accept(found, attempt, incoming), let agent = placed.agent else {
                        return webhook.hangUp()
                    }
                    webhook.connect(
                        CallDetails(
                            agent: agent,
                            from: incoming.from,
                            to: incoming.to,
                            direction: .outbound,
                            carrierCallID: incoming.carrierCallID,
                            localTime: placed.localTime,
                            answeredBy: answeredBy,
                            order: placed.order,
                            answeredAt: answeredAt
                        )
                    )
                }
            }
        }
    }

    /// The call, if it is to be held; otherwise it is counted why not.
    private func accept(
        _ found: Result<PlacedCall?, StoreError>,
        _ attempt: String,
        _ incoming: Incoming
    ) -> PlacedCall? {
        switch found {
        case .failure(let error): return deny("store", "\(error)", attempt)
        case .success(nil): return deny("attempt", "nobody has ordered it", attempt)
        case .success(let placed?):
            let isItself = memory.calls.note(attempt, is: incoming.carrierCallID) == incoming.carrierCallID
            guard isItself, placed.carrierCallID.isEmpty || placed.carrierCallID == incoming.carrierCallID else {
                return deny("other_call", "the carrier has placed another call for it", attempt)
            }
            guard placed.agent != nil else { return deny("agent", "its agent's document is gone", attempt) }
            guard !placed.isOver else { return deny("late", "it is over", attempt) }
            // Whom a host has called before it was told to drain finds it there.
            let obstacles = services.obstacles()
            guard obstacles.isEmpty else {
                return deny("obstacle", obstacles.joined(separator: "; "), attempt)
            }
            return placed
        }
    }

    private func deny(_ reason: String, _ text: String, _ attempt: String) -> PlacedCall? {
        Refusals.count(plugin: plugin, reason: reason)
        Log("gateway").warning(
            "a call that was answered is hung up",
            ["plugin": .string(plugin), "attempt": .string(attempt), "reason": .string(text)]
        )
        return nil
    }
}
