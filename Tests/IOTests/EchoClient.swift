import Core
import Synchronization

@testable import IO

/// Sends its messages and collects what comes back.
final class EchoClient: WebSocketClientHandler, @unchecked Sendable {
    let messages: [String]
    private(set) var closeCode: Int?
    private var received: [String] = []
    private var socket: WebSocket?
    private var finish: CheckedContinuation<Result<[String], IOFailure>, Never>?

    init(sending messages: [String]) { self.messages = messages }

    func run(on loop: SocketLoop, port: Int, path: String) async throws -> [String] {
        try await withCheckedContinuation { continuation in
            loop.perform {
                self.finish = continuation
                loop.connect(host: "127.0.0.1", port: port, path: path, handler: self)
            }
        }.get()
    }

    func opened(_ socket: WebSocket) {
        self.socket = socket
        for message in messages { _ = socket.send(message) }
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        received.append(String(decoding: message, as: UTF8.self))
        if received.count == messages.count { socket?.close(code: 1000, reason: "done") }
    }

    func closed(code: Int, reason: String) {
        closeCode = code
        finish?.resume(returning: .success(received))
        finish = nil
    }

    func failed(_ failure: IOFailure) {
        finish?.resume(returning: .failure(failure))
        finish = nil
    }
}
