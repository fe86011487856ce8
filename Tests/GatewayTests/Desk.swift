import Calls
import Carrier
import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Routes
import Synchronization

@testable import Gateway

/// A gateway on a port of its own: the carrier's plugin, calls, and providers that do as told.
///
/// To carriers it is known by another address than the one it listens on, as behind a proxy.
final class Desk {
    static let account = CarrierAccount(authToken: "12345678901234567890123456789012")
    static let publicURL = "https://voice.example.org"
    static let number = "+15005550009"
    static let caller = "+15005550006"

    let loop: SocketLoop
    let registry: Registry
    let directory: CallDirectory
    let services: GatewayServices
    let facts = Facts()
    private let service: PollLoop
    private let server: HTTPServer
    private let http: HTTPClient
    private let folder: String

    /// What the host would know, changed by tests.
    final class Facts: Sendable {
        let events = Mutex<[Event]>([])
        let obstacles = Mutex<[String]>([])
        let isDraining = Atomic(false)
    }

    static let libraries = String(CommandLine.arguments[0].prefix(upTo: CommandLine.arguments[0].lastIndex(of: "/")!))

    static let document: JSON = [
        "name": "desk", "greeting": "Hello there.", "recording": false,
        "intents": [["name": "bye", "examples": ["y"]]],
        "stages": [
            ["name": "intro", "transitions": [["on": ["intent": "bye"], "to": "end"]]],
            ["name": "end", "final": "done"],
        ],
    ]

    /// `change` may bend what the gateway gets from the host.
    init(_ change: (inout GatewayServices) -> Void = { _ in }) throws {
        var template = Array("/tmp/patchbay-test-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        let secret = fopen("\(folder)/twilio_auth_token", "w")
        fputs(Self.account.authToken, secret)
        fclose(secret)
        chmod("\(folder)/twilio_auth_token", 0o600)
        service = try PollLoop(name: "service")
        loop = try SocketLoop(name: "gateway", headers: ["x-twilio-signature"])
        http = HTTPClient(loop: service)
        let host = HostServices(loop: service, http: http, secretsFolder: folder)
        registry = Registry(folder: "\(folder)/generations", host: host) { _ in }
        let facts = facts
        let record: @Sendable (Event) -> Void = { event in facts.events.withLock { $0.append(event) } }
        let routes = RouteTable(registry: registry, loop: service, record: record)
        try Self.load(registry, routes)
        directory = CallDirectory(services: CallServices(routes: routes, record: record, limit: 5), loops: [loop])
        let agent = try AgentDocument(Self.document)
        var services = GatewayServices(
            registry: registry,
            calls: directory,
            record: record,
            choose: { $0.to == Desk.number ? agent : nil },
            keep: { events in
                facts.events.withLock { $0 += events }
                return true
            },
            obstacles: { facts.obstacles.withLock { $0 } },
            isDraining: { facts.isDraining.load(ordering: .relaxed) },
            publicURL: Self.publicURL
        )
        change(&services)
        self.services = services
        server = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: Gateway(services))
        server.start()
        loop.start()
        service.start()
    }

    private static func load(_ registry: Registry, _ routes: RouteTable) throws {
        let twilio = "\(libraries)/libtelephony-twilio.so"
        try registry.load(path: twilio, name: "twilio", config: [:])
        try registry.load(path: twilio, name: "trusting", config: ["verify_signatures": false])
        for kind in [Kind.asr, .intent, .llm, .tts] {
            try registry.load(path: "\(libraries)/libfake-provider.so", name: kind.rawValue, config: ["level": 8000])
            routes.set(try Route(name: kind.rawValue, kind: kind, steps: [Step(plugin: kind.rawValue)]))
        }
    }

    deinit {
        server.stopListening()
        loop.stop()
        service.stop()
        _ = system("rm -rf '\(folder)'")
    }

    // MARK: The carrier's requests

    static func form(_ changes: [String: String] = [:]) -> [(name: String, value: String)] {
        var form = ["CallSid": "CA1", "From": caller, "To": number, "CallStatus": "ringing", "CallerName": ""]
        for (name, value) in changes { form[name] = value }
        return form.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// Posts a form to a webhook; signed as the carrier does it unless another signature is given.
    func post(
        _ path: String,
        _ form: [(name: String, value: String)] = form(),
        signature: String? = nil
    ) async throws -> (status: Int, body: String) {
        let body = form.map { "\($0.name)=\($0.value.replacing("+", with: "%2B"))" }.joined(separator: "&")
        let signature = signature ?? Self.account.signature(url: Self.publicURL + path, form: form)
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", signature)]
        let response = try await request("POST", path, headers: headers, body: Array(body.utf8))
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    func request(
        _ method: String,
        _ path: String,
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> HTTPResponse {
        let url = "http://127.0.0.1:\(server.port)\(path)"
        return try await http.fetch(ClientRequest(method, url, headers: headers, body: body))
    }

    /// Announces a call; the path of the media socket that the carrier is told to open.
    func announce(callSid: String = "CA1") async throws -> String {
        let answer = try await post("/telephony/twilio/voice", Self.form(["CallSid": callSid]))
        let instructions = try Instructions(twiml: answer.body)
        return String(instructions.streamURL.dropFirst("wss://voice.example.org".count))
    }

    /// Opens a media socket; signed unless another signature is given.
    func media(_ path: String, signature: String? = nil) async -> MediaPeer {
        let peer = MediaPeer(loop: loop)
        let signature = signature ?? Self.account.signature(url: "wss://voice.example.org\(path)")
        let (loop, port) = (loop, server.port)
        loop.perform {
            let headers = [("x-twilio-signature", signature)]
            loop.connect(host: "127.0.0.1", port: port, path: path, headers: headers, handler: peer)
        }
        await peer.waits { $0.isOpen || $0.hasFailed }
        return peer
    }

    /// A call whose media has started and whose greeting can be heard.
    func call(callSid: String = "CA1") async throws -> MediaPeer {
        let peer = await media(try await announce(callSid: callSid))
        peer.start(callSid: callSid)
        await peer.waits { $0.messages.contains { $0["event"] == "media" } }
        return peer
    }

    // MARK: Looking

    func events(_ topic: Topic) -> [Event] { facts.events.withLock { $0.filter { $0.topic == topic } } }

    /// Waits at most 5 s.
    func waits(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<1000 {
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// A line of the metrics page without its value; nil: there is none.
    func metric(_ name: String) async throws -> Double? {
        let page = String(decoding: try await request("GET", "/metrics").body, as: UTF8.self)
        let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    var openStreams: Int { registry.list().reduce(0) { $0 + $1.streams } }
}
