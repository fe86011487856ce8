import Calls
import Core
import JSONKit
import Store

/// What a carrier tells of a call, on its way into the log. Told again it has the same identifier, and is in the log once.
struct StatusFact: Sendable {
    enum Outcome { case kept, unavailable, unknown }

    let attempt: String?
    /// What the event is about.
    let call: String
    let data: JSONObject
    let id: EventID

    init(attempt: String?, call: String, data: JSONObject) {
        (self.attempt, self.call, self.data) = (attempt, call, data)
        // Without a number two of the same status are two facts, but for a verdict, of which there is one.
        let isNumbered = data["sequence"] != nil || data["of"] == "detection"
        let parts: [JSON] = [
            data["carrier_call_id"] ?? "", data["of"] ?? "", data["sequence"] ?? "", data["status"] ?? "",
            data["answered_by"] ?? "",
        ]
        id = isNumbered ? EventID(of: JSON.array(parts).description) : .make()
    }

    /// Appends it, with what the call was placed for.
    func keep(_ services: GatewayServices) async -> Outcome {
        var data = data
        if let attempt {
            data["attempt_id"] = .string(attempt)
            do throws(StoreError) {
                guard let placed = try await services.placed(attempt) else { return .unknown }
                for (name, value) in placed.order.members { data[name] = value }
            } catch { return .unavailable }
        }
        let event = Event(.callStatus, key: call, data: .object(data), id: id)
        return await services.keep([event]) ? .kept : .unavailable
    }
}
