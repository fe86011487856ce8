import CCrypto
import IO
import JSONKit
import SoundKit
import Synchronization

/// Google's recognition and synthesis on a port of this machine: understands one sentence, speaks in tones.
final class SimulatedGoogle: HTTPHandler {
    let address: String
    private let loop: SocketLoop
    private let server: Mutex<HTTPServer?> = Mutex(nil)
    private let understands: String
    private let state = Mutex(State())

    private struct State {
        var heard = 0
        var spoken: [String] = []
        var isFailing = false
    }

    init(understands text: String) throws {
        understands = text
        let (loop, relay) = (try SocketLoop(name: "google"), Relay())
        let made = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: relay)
        address = "http://127.0.0.1:\(made.port)/v1"
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

    /// Utterances that were recognised.
    var heard: Int { state.withLock(\.heard) }
    /// Sentences that were asked for.
    var spoken: [String] { state.withLock(\.spoken) }
    /// From now on it is overloaded.
    func fail() { state.withLock { $0.isFailing = true } }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        let json: JSON
        if state.withLock(\.isFailing) {
            json = ["error": ["code": 503, "message": "The service is unavailable.", "status": "UNAVAILABLE"]]
            return respond(HTTPResponse(status: 503, body: Array(json.description.utf8)))
        }
        let body = try? JSON(parsing: String(decoding: request.body, as: UTF8.self))
        if request.path.hasSuffix("speech:recognize") {
            state.withLock { $0.heard += 1 }
            json = ["results": [["alternatives": [["transcript": .string(understands), "confidence": 0.9]]]]]
        } else {
            let text = body?["input"]?["text"]?.string ?? ""
            state.withLock { $0.spoken.append(text) }
            json = ["audioContent": .string(Self.tone(milliseconds: 300 + 5 * text.utf8.count))]
        }
        respond(
            HTTPResponse(
                status: 200,
                headers: [("content-type", "application/json; charset=UTF-8")],
                body: Array(json.description.utf8)
            )
        )
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }

    /// A WAV file of mu-law in base64.
    private static func tone(milliseconds: Int) -> String {
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let codes = (0..<milliseconds * 8).map { G711.encode($0 / 10 % 2 == 0 ? 6000 : -6000) }
        let file =
            Array("RIFF".utf8) + number(50 + codes.count) + Array("WAVEfmt ".utf8) + number(18) + [7, 0, 1, 0]
            + number(8000) + number(8000) + [1, 0, 8, 0, 0, 0] + Array("fact".utf8) + number(4) + number(codes.count)
            + Array("data".utf8) + number(codes.count) + codes
        var text = [UInt8](repeating: 0, count: file.count / 3 * 4 + 5)
        let count = EVP_EncodeBlock(&text, file, Int32(file.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    /// The server wants its handler before its port, which the handler wants to know, is there.
    private final class Relay: HTTPHandler {
        let target = Mutex<SimulatedGoogle?>(nil)

        func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
            target.withLock { $0 }?.handle(request, on: loop, respond: respond)
        }

        func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }
    }
}
