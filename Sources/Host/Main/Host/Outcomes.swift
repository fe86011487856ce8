import Core
import JSONKit
import Routes
import Store

/// Brings the outcome of every call to the CRM route.
enum Outcomes {
    static func courier(store: Store, routes: RouteTable) -> Courier {
        let log = store.log
        return Courier("crm", topics: [.callEnded], store: store) { recorded throws(DeliveryFailure) in
            let record: JSON = [
                "id": .string(recorded.event.id.rawValue), "type": "call.outcome",
                "at": .string(recorded.event.at.description),
                "data": record(recorded.event),
            ]
            do throws(RouteFailure) {
                let answers = try await routes.ask(.crm, .json(record), key: recorded.event.key, within: .seconds(15))
                var reference: JSON = .null
                for case .json(let answer) in answers { reference = answer["reference"] ?? reference }
                log.append(
                    Event(.crmDelivered, key: recorded.event.key, data: ["reference": reference]),
                    completion: nil
                )
            } catch {
                throw DeliveryFailure(error.message, isRetryable: true)
            }
        }
    }

    /// The call's own data, with its identifier.
    private static func record(_ event: Event) -> JSON {
        var data: JSONObject = ["call_id": .string(event.key)]
        for (name, value) in event.data.object ?? [:] { data[name] = value }
        return .object(data)
    }
}
