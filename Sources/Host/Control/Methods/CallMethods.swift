import Calls
import Core
import JSONKit

/// call.*
struct CallMethods: Sendable {
    let services: Services

    var methods: [Method] {
        [.slow("call.list", list), .slow("call.get", get), .slow("call.say", say), .slow("call.hangup", hangup)]
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
        guard let call = await services.calls.get(id), case .object(var members) = call.json else {
            throw Failure(
                .callNotLive,
                "no live call is called \(id); `patchbay event list --call \(id)` shows what is over",
                field: "call_id"
            )
        }
        members["transcript"] = .array(call.transcript)
        return .object(members)
    }

    private func say(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(CallFailure) {
            try await services.calls.say(CallID(parameters.string("call_id")), parameters.string("text"))
        } catch { throw Failure(error) }
        return ["call_id": parameters["call_id"] ?? ""]
    }

    private func hangup(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(CallFailure) {
            try await services.calls.hangup(CallID(parameters.string("call_id")), parameters.string("reason"))
        } catch { throw Failure(error) }
        return ["call_id": parameters["call_id"] ?? ""]
    }
}
