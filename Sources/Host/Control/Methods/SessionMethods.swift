import Core
import JSONKit
import Store

/// session.*
struct SessionMethods: Sendable {
    let services: Services

    var methods: [Method] { [.slow("session.list", list), .slow("session.get", get)] }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        ["items": .array(await services.sessions.all().map(\.json))]
    }

    private func get(_ parameters: Parameters) async throws(Failure) -> JSON {
        let id = CallID(parameters.string("call_id"))
        guard let state = await services.sessions.get(id) else {
            throw Failure(.notFound, "nothing is remembered of a call \(id)", field: "call_id")
        }
        return state.json
    }
}
