import Calls
import Campaigns
import Core
import JSONKit
import Store

/// call.*
struct CallMethods: Sendable {
    let services: Services

    var methods: [Method] {
        [
            .slow("call.list", list), .slow("call.get", get), .slow("call.say", say), .slow("call.hangup", hangup),
            .slow("call.dtmf", dtmf), .slow("call.transfer", transfer), .slow("call.place", place),
        ]
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        let agent = parameters.optionalString("agent")
        let calls = await services.calls.list().filter { agent == nil || $0.agent == agent }
        return [
            "items": .array(calls.prefix(parameters.int("limit")).map(\.json)), "total": .int(Int64(calls.count)),
        ]
    }

    private func get(_ parameters: Parameters) async throws(Failure) -> JSON {
        let id = CallID(parameters.string("call_id"))
        let live = await services.calls.get(id)
        do throws(StoreError) {
            let recorded = try await EndedCall(id, in: services.store.log)
            if let live, case .object(var members) = live.json {
                members["transcript"] = .array(live.transcript)
                members["ledger"] = recorded.ledger
                return .object(members)
            }
            if let over = recorded.json { return over }
        } catch { throw Failure(error) }
        throw Failure(
            .callNotLive,
            "no call is called \(id); `patchbay call list` shows those that are live",
            field: "call_id"
        )
    }

    private func say(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(CallFailure) {
            try await services.calls.say(CallID(parameters.string("call_id")), parameters.string("text"))
        } catch { throw Failure(error) }
        return ["call_id": parameters["call_id"] ?? ""]
    }

    private func dtmf(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(CallFailure) {
            try await services.calls.sendDigits(CallID(parameters.string("call_id")), parameters.string("digits"))
        } catch { throw Failure(error) }
        return ["call_id": parameters["call_id"] ?? ""]
    }

    private func transfer(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(CallFailure) {
            try await services.calls.transfer(CallID(parameters.string("call_id")), parameters.string("to"))
        } catch { throw Failure(error) }
        return ["call_id": parameters["call_id"] ?? ""]
    }

    private func place(_ parameters: Parameters) async throws(Failure) -> JSON {
        let wish = CallWish(
            to: try number(parameters),
            agent: parameters.string("agent"),
            callerID: parameters.string("caller_id"),
            fields: try fields(parameters),
            rings: parameters["rings_s"]?.int,
            id: parameters.optionalString("request_id")
        )
        do throws(PlacingFailure) {
            let placed = try await services.place(wish)
            return [
                "attempt_id": .string(placed.attempt), "carrier_call_id": .string(placed.carrierCallID),
                "status": .string(placed.status),
            ]
        } catch { throw Failure(error) }
    }

    /// Whom to call, if a lead could have the number: none that is too short, no premium numbers.
    private func number(_ parameters: Parameters) throws(Failure) -> String {
        let plan = services.campaigns.rules.plan
        do throws(NumberError) {
            return try PhoneNumber(parameters.string("to"), plan: plan, allowsTests: true).e164
        } catch { throw Failure(FieldError(path: "to", problem: error.problem)) }
    }

    /// What the agent hears of, if a lead could have it.
    private func fields(_ parameters: Parameters) throws(Failure) -> JSONObject {
        let fields = parameters.json("fields").object ?? [:]
        do throws(FieldError) { try LeadReader.checkFields(fields) } catch {
            throw Failure(FieldError(path: "fields.\(error.path)", problem: error.problem))
        }
        return fields
    }

    private func hangup(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(CallFailure) {
            try await services.calls.hangup(CallID(parameters.string("call_id")), parameters.string("reason"))
        } catch { throw Failure(error) }
        return ["call_id": parameters["call_id"] ?? ""]
    }
}
