import Core
import IO
import PluginAPI
import Synchronization

/// One WebSocket of a plugin, handed back through its C sink.
///
/// Unchecked: `socket`, `timer` and `early` are touched on the loop only, the rest is constant or behind locks.
final class PendingSocket: WebSocketClientHandler, @unchecked Sendable {
    private let call = PendingCall()
    private let sink: pb_websocket_sink
    private let loop: SocketLoop
    private let onClosed: @Sendable () -> Void
    private var socket: WebSocket?
    private var timer: TimerID?
    /// What was sent before it was open.
    private var early: [(bytes: [UInt8], isText: Bool)] = []
    private let waiting = Atomic<Int>(0)
    private var isOver = false

    private static let bound = 1 << 20

    init(_ sink: pb_websocket_sink, on loop: SocketLoop, onClosed: @escaping @Sendable () -> Void) {
        (self.sink, self.loop, self.onClosed) = (sink, loop, onClosed)
    }

    /// On the loop.
    func connect(_ address: WebSocketAddress, headers: [(name: String, value: String)], within limit: Duration) {
        timer = loop.schedule(after: limit) { [weak self] in
            self?.timer = nil
            self?.finish(
                1006,
                "",
                pb_error(.timedOut("the WebSocket was not open after \(limit.wholeMilliseconds) ms"))
            )
        }
        loop.connect(
            host: address.host,
            port: address.port,
            isTLS: address.isTLS,
            path: address.path,
            headers: headers,
            handler: self
        )
    }

    /// False where too much waits already. Any thread.
    func send(_ bytes: [UInt8], isText: Bool) -> Bool {
        guard waiting.add(bytes.count, ordering: .relaxed).newValue <= Self.bound else {
            waiting.subtract(bytes.count, ordering: .relaxed)
            return false
        }
        loop.perform {
            self.waiting.subtract(bytes.count, ordering: .relaxed)
            self.deliver(bytes, isText)
        }
        return true
    }

    private func deliver(_ bytes: [UInt8], _ isText: Bool) {
        guard !isOver else { return }
        guard let socket else { return early.append((bytes, isText)) }
        let isTaken = bytes.withUnsafeBytes { isText ? socket.send($0) : socket.send(binary: $0) }
        if !isTaken { finish(1006, "", pb_error(.exhausted("what a WebSocket may have waiting"))) }
    }

    /// Any thread.
    func cancel() {
        call.cancel()
        loop.perform { self.end() }
    }

    // MARK: On the loop

    func opened(_ socket: WebSocket) {
        guard !isOver else { return socket.close(code: 1000, reason: "") }
        if let timer { loop.cancel(timer) }
        timer = nil
        self.socket = socket
        call.run { sink.opened?(sink.context) }
        let waiting = early
        early = []
        for message in waiting { deliver(message.bytes, message.isText) }
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        call.run { sink.message?(sink.context, message.baseAddress, UInt64(message.count), isText ? 1 : 0) }
    }

    func closed(code: Int, reason: String) {
        let lost = code == 1006 ? pb_error(.unreachable("the WebSocket", reason: "lost without a goodbye")) : nil
        finish(code, reason, lost)
    }

    func failed(_ failure: IOFailure) { finish(1006, "", Self.refusal(failure)) }

    /// A status of the handshake says more than that there is no connection.
    private static func refusal(_ failure: IOFailure) -> pb_error {
        let text = failure.description
        guard let start = text.firstRange(of: "HTTP "), let status = Int(text[start.upperBound...].prefix(3)) else {
            return pb_error(failure)
        }
        switch status {
        case 401, 402, 403: return pb_error(Int32(PB_ERROR_REFUSED), isRetryable: false, text)
        case 408, 429, 500...599: return pb_error(Int32(PB_ERROR_UNAVAILABLE), isRetryable: true, text)
        default: return pb_error(Int32(PB_ERROR_INVALID), isRetryable: false, text)
        }
    }

    private func finish(_ code: Int, _ reason: String, _ error: pb_error?) {
        guard !isOver else { return }
        end()
        call.run {
            var reason = reason
            reason.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    let text = pb_text(bytes: characters.baseAddress, length: UInt64(characters.count))
                    if var error {
                        sink.closed?(sink.context, UInt32(clamping: code), text, &error)
                    } else {
                        sink.closed?(sink.context, UInt32(clamping: code), text, nil)
                    }
                }
            }
        }
        onClosed()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        early = []
        if let timer { loop.cancel(timer) }
        timer = nil
        socket?.close(code: 1000, reason: "")
        socket = nil
    }
}

/// A `ws:` or `wss:` address, taken apart.
struct WebSocketAddress {
    let isTLS: Bool
    let host: String
    let port: Int
    let path: String

    /// Nil if it is none.
    init?(_ url: String) {
        isTLS = url.hasPrefix("wss://")
        guard isTLS || url.hasPrefix("ws://") else { return nil }
        let rest = url.dropFirst(isTLS ? 6 : 5)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let parts = authority.split(separator: ":")
        guard let name = parts.first, parts.count <= 2 else { return nil }
        host = String(name)
        port = parts.count == 2 ? Int(parts[1]) ?? 0 : isTLS ? 443 : 80
        let tail = rest.dropFirst(authority.count)
        path = tail.isEmpty ? "/" : tail.first == "?" ? "/" + tail : String(tail)
    }
}
