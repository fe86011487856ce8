import Core
import IO
import JSONKit
import Synchronization

@testable import Carrier

/// What a call centre looks like from the carrier's side, reduced to what a test wants it to do.
final class ScriptedHost: HTTPHandler {
    let loop: SocketLoop
    let told = Mutex(Told())
    private let server = Mutex<HTTPServer?>(nil)
    private let script: @Sendable (JSON, ScriptedLine) -> Void

    struct Told {
        var form = ""
        var signature = ""
        var upgradeSignature = ""
        var messages: [JSON] = []
        var line: LoopBound<ScriptedLine>?
    }

    /// `script` is run for every message of the carrier.
    init(_ script: @escaping @Sendable (JSON, ScriptedLine) -> Void) throws {
        self.script = script
        loop = try SocketLoop(name: "host", headers: ["x-twilio-signature"])
        let made = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: self)
        server.withLock { $0 = made }
        made.start()
        loop.start()
    }

    func stop() {
        server.withLock {
            $0?.stopListening()
            $0 = nil
        }
        loop.stop()
    }

    var port: Int { server.withLock { $0?.port ?? 0 } }
    var messages: [JSON] { told.withLock { $0.messages } }
    func messages(_ event: String) -> [JSON] { messages.filter { $0["event"]?.string == event } }

    /// Does something on the line, from a test.
    func onLine(_ body: @escaping @Sendable (ScriptedLine) -> Void) {
        loop.perform { self.told.withLock { $0.line }?.with(body) }
    }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        guard request.path == "/voice" else { return respond(.text(403, "refused")) }
        told.withLock {
            $0.form = String(decoding: request.body, as: UTF8.self)
            $0.signature = request.header("x-twilio-signature") ?? ""
        }
        let twiml =
            "<Response><Connect><Stream url=\"ws://127.0.0.1:\(port)/media\"><Parameter name=\"a\" value=\"b &amp; &quot;c&quot;\"/></Stream></Connect></Response>"
        respond(.text(200, twiml))
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
        told.withLock { $0.upgradeSignature = request.header("x-twilio-signature") ?? "" }
        return .accept(ScriptedLine(self, loop))
    }

    fileprivate func opened(_ line: ScriptedLine) {
        told.withLock { [bound = LoopBound(line, loop)] in $0.line = bound }
    }

    fileprivate func received(_ json: JSON, _ line: ScriptedLine) {
        told.withLock { $0.messages.append(json) }
        script(json, line)
    }
}

/// The host's end of the media socket.
final class ScriptedLine: WebSocketHandler {
    private let host: ScriptedHost
    private let loop: SocketLoop
    private var socket: WebSocket?
    private var stream = ""
    /// For scripts that do something once.
    var hasAnswered = false

    init(_ host: ScriptedHost, _ loop: SocketLoop) { (self.host, self.loop) = (host, loop) }

    /// So many milliseconds of a loud square wave.
    func play(_ milliseconds: Int, inOneMessage: Bool = false) {
        let codes = (0..<milliseconds * 8).map { UInt8($0 / 8 % 2 == 0 ? 0x10 : 0x90) }
        let size = inOneMessage ? codes.count : 8000
        for start in stride(from: 0, to: codes.count, by: size) {
            let piece = Array(codes[start..<min(start + size, codes.count)])
            send(["event": "media", "media": ["payload": .string(Base64.encode(piece))]])
        }
    }

    func mark(_ name: String) { send(["event": "mark", "mark": ["name": .string(name)]]) }
    func clear() { send(["event": "clear"]) }
    func close() { socket?.close(code: 1000, reason: "done") }
    func after(_ milliseconds: Int, _ body: @escaping () -> Void) {
        loop.schedule(after: .milliseconds(Int64(milliseconds)), body)
    }

    private func send(_ json: JSON) {
        var object = json.object ?? [:]
        object["streamSid"] = .string(stream)
        _ = socket?.send(JSON.object(object).description)
    }

    func opened(_ socket: WebSocket) {
        self.socket = socket
        host.opened(self)
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        guard isText, let json = try? JSON(parsing: message) else { return }
        if json["event"] == "start" { stream = json["streamSid"]?.string ?? "" }
        host.received(json, self)
    }

    func closed(code: Int, reason: String) { socket = nil }
}
