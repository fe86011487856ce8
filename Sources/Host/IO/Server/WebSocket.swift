import CWebSockets

/// One open WebSocket. Confined to its loop; after `closed` every call is without effect.
public final class WebSocket {
    private var native: OpaquePointer?

    init(_ native: OpaquePointer) { self.native = native }

    func detach() { native = nil }

    /// Queues a text message, copied. False at the bound (the peer does not read) and after the end.
    @inline(__always)
    public func send(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let native, let bytes = text.baseAddress else { return false }
        return ws_send(native, bytes, text.count, 1) == 0
    }

    /// The same for a binary message.
    public func send(binary: UnsafeRawBufferPointer) -> Bool {
        guard let native, let bytes = binary.baseAddress else { return false }
        return ws_send(native, bytes, binary.count, 0) == 0
    }

    /// The same for a string.
    public func send(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { send(UnsafeRawBufferPointer($0)) }
    }

    /// Bytes that wait for the kernel.
    public var queuedBytes: Int { native.map { ws_queued($0) } ?? 0 }

    /// Sends what is queued, then closes.
    public func close(code: Int, reason: String) {
        guard let native else { return }
        ws_close(native, Int32(code), reason)
    }
}
