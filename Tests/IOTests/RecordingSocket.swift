import Synchronization

@testable import IO

/// A server whose sockets write down what they are told.
final class RecordingHandler: HTTPHandler {
    let told = Mutex<[String]>([])
    /// How many messages of 1 KB each socket sends when it opens.
    let flood: Int

    init(flood: Int = 0) { self.flood = flood }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        respond(.text(200, request.path))
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
        request.path.hasPrefix("/yes") ? .accept(RecordingSocket(self)) : .refuse(status: 403)
    }

    func note(_ line: String) { told.withLock { $0.append(line) } }

    /// Waits until something is told that starts so; at most 5 s.
    func waits(for start: String) -> Bool {
        for _ in 0..<500 {
            if told.withLock({ $0.contains { $0.hasPrefix(start) } }) { return true }
            usleepShortly()
        }
        return false
    }
}

final class RecordingSocket: WebSocketHandler {
    private let recorder: RecordingHandler
    private var socket: WebSocket?

    init(_ recorder: RecordingHandler) { self.recorder = recorder }

    func opened(_ socket: WebSocket) {
        self.socket = socket
        let piece = [UInt8](repeating: 0x61, count: 1024)
        var taken = 0
        piece.withUnsafeBytes { bytes in
            while taken < recorder.flood, socket.send(bytes) { taken += 1 }
        }
        recorder.note("opened \(taken)")
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        recorder.note("\(isText ? "text" : "binary") \(String(decoding: message, as: UTF8.self))")
        if message.elementsEqual("bye".utf8) { socket?.close(code: 1001, reason: "as asked") }
    }

    func closed(code: Int, reason: String) { recorder.note("closed \(code) \(reason)") }
}
