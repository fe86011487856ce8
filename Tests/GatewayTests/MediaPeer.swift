import IO
import JSONKit
import Synchronization

/// The carrier's end of a media socket, message by message.
///
/// Unchecked: the socket is touched on the loop only; what tests look at is behind a lock.
final class MediaPeer: WebSocketClientHandler, @unchecked Sendable {
    struct View {
        var messages: [JSON] = []
        var isOpen = false
        var hasFailed = false
        var closed: (code: Int, reason: String)?

        func count(_ event: String) -> Int { messages.count { $0["event"]?.string == event } }
    }

    private let loop: SocketLoop
    private var socket: WebSocket?
    private let state = Mutex(View())

    init(loop: SocketLoop) { self.loop = loop }

    var view: View { state.withLock { $0 } }

    /// Waits at most 5 s.
    @discardableResult
    func waits(_ condition: (View) -> Bool) async -> Bool {
        for _ in 0..<1000 {
            if condition(view) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    // MARK: Telling

    func send(_ text: String) { loop.perform { _ = self.socket?.send(text) } }

    func send(binary: [UInt8]) { loop.perform { _ = binary.withUnsafeBytes { self.socket?.send(binary: $0) } } }

    func close() { loop.perform { self.socket?.close(code: 1000, reason: "") } }

    func start(callSid: String = "CA1", encoding: String = "audio/x-mulaw") {
        send(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        send(
            #"{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1","accountSid":"AC1","#
                + #""callSid":"\#(callSid)","tracks":["inbound"],"customParameters":{},"#
                + #""mediaFormat":{"encoding":"\#(encoding)","sampleRate":8000,"channels":1}}}"#
        )
    }

    /// 20 ms of silence.
    func media(chunk: Int, timestamp: String? = nil, payload: String? = nil) {
        let payload = payload ?? String(repeating: "/", count: 212) + "/w=="
        send(
            #"{"event":"media","sequenceNumber":"\#(chunk + 1)","streamSid":"MZ1","media":{"track":"inbound","#
                + #""chunk":"\#(chunk)","timestamp":"\#(timestamp ?? String(chunk * 20))","payload":"\#(payload)"}}"#
        )
    }

    // MARK: The socket

    func opened(_ socket: WebSocket) {
        self.socket = socket
        state.withLock { $0.isOpen = true }
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        guard let json = try? JSON(parsing: message) else { return }
        state.withLock { $0.messages.append(json) }
    }

    func closed(code: Int, reason: String) {
        socket = nil
        state.withLock { $0.closed = (code, reason) }
    }

    func failed(_ failure: IOFailure) { state.withLock { $0.hasFailed = true } }
}
