import Carrier
import Core
import Glibc
import IO
import JSONKit
import Synchronization

@testable import Carrier

/// A carrier to practise on, and a host that notes what it is told and answers with the TwiML of a test.
final class PracticeBench: Sendable {
    static let account = CarrierAccount(authToken: "12345678901234567890123456789012")
    let carrier: PracticeCarrier
    let host: NotingHost
    private let web: PollLoop
    private let http: HTTPClient

    /// Time runs a hundred times as fast, unless somebody speaks.
    init(
        _ document: JSON = [:],
        seed: UInt64 = 1,
        speed: Double = 100,
        twiml: String = "<Response><Hangup/></Response>"
    ) throws {
        host = try NotingHost(twiml)
        carrier = try PracticeCarrier(
            port: 0,
            account: Self.account,
            practice: try Practice(document),
            seed: seed,
            speed: speed
        )
        web = try PollLoop(name: "test-web")
        web.start()
        http = HTTPClient(loop: web)
    }

    func stop() {
        carrier.stop()
        host.stop()
        web.stop()
    }

    var base: String { "/2010-04-01/Accounts/\(Self.account.sid)" }

    func send(
        _ method: String,
        _ path: String,
        _ form: [(name: String, value: String)] = [],
        user: String? = nil,
        body: String? = nil
    ) async throws -> (status: Int, json: JSON) {
        let name = user ?? "\(Self.account.sid):\(Self.account.authToken)"
        let request = ClientRequest(
            method,
            "http://127.0.0.1:\(carrier.port)\(path)",
            headers: [
                ("Authorization", "Basic \(Base64.encode(Array(name.utf8)))"),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            body: Array((body ?? FormFields(form).encoded).utf8)
        )
        let response = try await http.fetch(request)
        return (response.status, (try? JSON(parsing: String(decoding: response.body, as: UTF8.self))) ?? .null)
    }

    /// Asks for a call; all four events are told.
    func place(
        _ to: String,
        _ more: [(name: String, value: String)] = []
    ) async throws -> (status: Int, json: JSON) {
        let events = ["initiated", "ringing", "answered", "completed"].map { (name: "StatusCallbackEvent", value: $0) }
        return try await send(
            "POST",
            "\(base)/Calls.json",
            [
                ("To", to), ("From", "+15005550100"), ("Url", "\(host.address)/voice"),
                ("StatusCallback", "\(host.address)/status"),
            ] + events + more
        )
    }

    func call(_ sid: String) async throws -> JSON { try await send("GET", "\(base)/Calls/\(sid).json").json }

    /// Waits until a call is over; its resource.
    func end(of sid: String) async throws -> JSON {
        for _ in 0..<1000 {
            let call = try await call(sid)
            if CallStatus(rawValue: call["status"]?.string ?? "")?.isFinal == true { return call }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CarrierFailure.timedOut("the end of \(sid)")
    }

    /// Waits for so many requests to a path of the host's.
    func told(_ path: String, _ count: Int) async throws -> [NotingHost.Note] {
        for _ in 0..<1000 {
            let notes = host.notes(path)
            if notes.count >= count { return notes }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CarrierFailure.timedOut("\(count) requests to \(path); there are \(host.notes(path).count)")
    }
}

/// The host's side of webhooks: notes what comes, and answers `/voice` and what begins like it with TwiML.
final class NotingHost: HTTPHandler {
    struct Note: Sendable {
        let path: String
        let form: [String: String]
        let isSigned: Bool
    }

    private struct State {
        var notes: [Note] = []
        var twiml: [String: String]
        var server: HTTPServer?
    }

    private let state: Mutex<State>
    private let loop: SocketLoop

    init(_ twiml: String) throws {
        state = Mutex(State(twiml: ["/voice": twiml]))
        loop = try SocketLoop(name: "noting-host", headers: ["x-twilio-signature"])
        let server = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: self)
        state.withLock { $0.server = server }
        server.start()
        loop.start()
    }

    func stop() {
        state.withLock {
            $0.server?.stopListening()
            $0.server = nil
        }
        loop.stop()
    }

    var address: String { "http://127.0.0.1:\(state.withLock { $0.server?.port ?? 0 })" }
    func notes(_ path: String) -> [Note] { state.withLock { $0.notes.filter { $0.path == path } } }
    func answer(_ path: String, _ twiml: String) { state.withLock { $0.twiml[path] = twiml } }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        let form = FormFields(parsing: String(decoding: request.body, as: UTF8.self))
        let signature = PracticeBench.account.signature(url: address + request.target, form: form.items)
        let note = Note(
            path: request.path,
            form: Dictionary(form.items.map { ($0.name, $0.value) }) { $1 },
            isSigned: signature == request.header("x-twilio-signature")
        )
        let twiml = state.withLock { state in
            state.notes.append(note)
            return state.twiml[request.path]
        }
        guard let twiml else { return respond(HTTPResponse(status: 204)) }
        respond(HTTPResponse(status: 200, headers: [("content-type", "text/xml")], body: Array(twiml.utf8)))
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }
}
