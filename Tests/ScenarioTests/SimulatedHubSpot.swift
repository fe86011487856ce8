import IO
import JSONKit
import Synchronization

/// Contacts of HubSpot on a port of this machine, each found by its number.
final class SimulatedHubSpot: HTTPHandler {
    let address: String
    private let loop: SocketLoop
    private let server: Mutex<HTTPServer?> = Mutex(nil)
    private let state = Mutex(State())

    private struct State {
        var contacts: [JSONObject] = []
        /// So many writes are done, and answered as if they were not.
        var lostAnswers = 1
        var refusals = 0
    }

    static let token = "pat-right"

    init() throws {
        let (loop, relay) = (try SocketLoop(name: "hubspot", headers: ["authorization"]), Relay())
        let made = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: relay)
        address = "http://127.0.0.1:\(made.port)"
        self.loop = loop
        relay.target.withLock { $0 = self }
        server.withLock { $0 = made }
        made.start()
        loop.start()
    }

    func stop() {
        server.withLock { $0?.stopListening() }
        loop.stop()
    }

    var contacts: [JSONObject] { state.withLock(\.contacts) }
    /// How often a wrong token came.
    var refusals: Int { state.withLock(\.refusals) }

    private func answer(_ request: HTTPRequest) -> (status: Int, json: JSON) {
        state.withLock { state in
            guard request.header("authorization") == "Bearer \(Self.token)" else {
                state.refusals += 1
                return (401, ["status": "error", "message": "Authentication credentials not found."])
            }
            let body = (try? JSON(parsing: String(decoding: request.body, as: UTF8.self))) ?? .null
            let name = request.path.split(separator: "/").last.map(String.init) ?? ""
            switch (request.method, name) {
            case ("POST", "search"): return (200, ["total": 0, "results": []])
            case ("POST", "contacts"): state.contacts.append(body["properties"]?.object ?? [:])
            case ("PATCH", _):
                guard let index = Int(name), index <= state.contacts.count else { break }
                for (name, value) in body["properties"]?.object ?? [:] { state.contacts[index - 1][name] = value }
            default:
                let index = state.contacts.firstIndex { $0["patchbay_phone"]?.string == name }
                guard let index else { return (404, ["status": "error", "message": "resource not found"]) }
                return (200, ["id": .string("\(index + 1)"), "properties": .object(state.contacts[index])])
            }
            guard state.lostAnswers == 0 else {
                state.lostAnswers -= 1
                return (504, ["status": "error", "message": "Gateway Timeout"])
            }
            return (201, ["id": .string("\(state.contacts.count)"), "properties": [:]])
        }
    }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        let (status, json) = answer(request)
        respond(
            HTTPResponse(
                status: status,
                headers: [("content-type", "application/json")],
                body: Array(json.description.utf8)
            )
        )
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }

    /// The server wants its handler before its port, which the handler wants to know, is there.
    private final class Relay: HTTPHandler {
        let target = Mutex<SimulatedHubSpot?>(nil)

        func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
            target.withLock { $0 }?.handle(request, on: loop, respond: respond)
        }

        func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }
    }
}
