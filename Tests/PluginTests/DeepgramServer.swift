import Core
import Glibc
import IO
import JSONKit
import Synchronization

/// A server that speaks Deepgram's streaming protocol and does what the test wrote down when it is asked to finalise.
final class DeepgramServer: HTTPHandler, Sendable {
    struct Script: Sendable {
        /// Messages before the answer to each `Finalize`, one list a flush; `{"transcript", "final", "flush"}` in short.
        var flushes: [[JSON]] = []
        /// Refuses the handshake with this status.
        var refusal: Int?
        /// Hangs up with this code when it is asked to finalise.
        var goodbye: Int?
        /// A raw message as soon as audio comes.
        var greeting: String?
        /// Answers no `Finalize`.
        var isDeaf = false
    }

    private struct State {
        var texts: [String] = []
        var audio = 0
        var path = ""
        var authorization = ""
    }

    private let script: Script
    private let state = Mutex(State())
    private let loop: SocketLoop
    private let server = Mutex<HTTPServer?>(nil)

    init(_ script: Script) throws {
        self.script = script
        loop = try SocketLoop(name: "deepgram", headers: ["authorization"])
        let made = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: self)
        server.withLock { $0 = made }
        made.start()
        loop.start()
    }

    func stop() {
        server.withLock { $0 }?.stopListening()
        loop.stop()
    }

    var port: Int { server.withLock { $0?.port ?? 0 } }
    var texts: [String] { state.withLock(\.texts) }
    var audio: Int { state.withLock(\.audio) }
    var query: String { state.withLock(\.path) }
    var authorization: String { state.withLock(\.authorization) }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        respond(HTTPResponse(status: 404))
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
        state.withLock {
            $0.path = "\(request.path)?\(request.query)"
            $0.authorization = request.header("authorization") ?? ""
        }
        if let status = script.refusal { return .refuse(status: status) }
        return .accept(Line(self))
    }

    /// One socket.
    private final class Line: WebSocketHandler {
        private let server: DeepgramServer
        private var socket: WebSocket?
        private var flushes = 0

        init(_ server: DeepgramServer) { self.server = server }

        func opened(_ socket: WebSocket) { self.socket = socket }

        func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
            guard isText else {
                let isFirst = server.state.withLock { state in
                    defer { state.audio += message.count }
                    return state.audio == 0
                }
                if isFirst, let text = server.script.greeting { _ = socket?.send(text) }
                return
            }
            let text = String(decoding: message, as: UTF8.self)
            server.state.withLock { $0.texts.append(text) }
            guard text.contains("Finalize"), !server.script.isDeaf else { return }
            // With all that was sent read: a close over unread data is a reset, and says nothing.
            if let code = server.script.goodbye { return socket?.close(code: code, reason: "NET-0000") ?? () }
            defer { flushes += 1 }
            for short in flushes < server.script.flushes.count ? server.script.flushes[flushes] : [["flush": true]] {
                _ = socket?.send(Self.results(short).description)
            }
        }

        private static func results(_ short: JSON) -> JSON {
            if short["type"] != nil { return short }
            return [
                "type": "Results", "channel_index": [0, 1], "start": 0.0, "duration": 1.0,
                "is_final": short["final"] ?? true, "speech_final": false, "from_finalize": short["flush"] ?? false,
                "channel": [
                    "alternatives": [["transcript": short["transcript"] ?? "", "confidence": 0.9, "words": []]]
                ],
            ]
        }

        func closed(code: Int, reason: String) {}
    }
}
