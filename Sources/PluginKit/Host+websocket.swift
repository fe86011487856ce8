import PluginAPI
import Synchronization

/// Gets what comes over a WebSocket. Called on a loop of the host's, one call at a time, and must not block.
public protocol WebSocketListener: AnyObject, Sendable {
    func opened()
    /// A whole message, lent for the call.
    func received(_ message: UnsafeRawBufferPointer, isText: Bool)
    /// The last call. `problem`: why it could not be opened, or was lost; nil where the far side said goodbye with `code`.
    func closed(code: Int, reason: String, _ problem: PluginProblem?)
}

extension Host {
    /// Opens a WebSocket; `closed` follows exactly once, unless it is cancelled. Returns its number.
    public func connect(
        _ url: String,
        headers: [(name: String, value: String)] = [],
        connectMilliseconds: Int = 0,
        to listener: any WebSocketListener
    ) throws(PluginProblem) -> UInt64 {
        guard let websocket else { throw PluginProblem(.fault, "this host offers no WebSockets") }
        let waiting = WaitingListener(listener, in: listeners)
        var sink = pb_websocket_sink(
            context: Unmanaged.passUnretained(waiting).toOpaque(),
            opened: WaitingListener.opened,
            message: WaitingListener.message,
            closed: WaitingListener.closed
        )
        // Kept before it begins: the first call may come before the number is known.
        listeners.keep(waiting)
        var error = pb_error()
        let number = HTTPRequest("GET", url, headers: headers).lend { native in
            var request = pb_websocket_request(
                url: native.pointee.url,
                headers: native.pointee.headers,
                header_count: native.pointee.header_count,
                connect_ms: UInt32(clamping: connectMilliseconds),
                reserved: 0
            )
            return websocket.pointee.start(websocket.pointee.context, &request, &sink, &error)
        }
        guard number != 0 else {
            listeners.drop(waiting)
            throw PluginProblem(error)
        }
        listeners.name(waiting, number)
        return number
    }

    /// Queues a message; false where too much waits already, or the socket is over.
    public func send(_ bytes: [UInt8], isText: Bool, on socket: UInt64) -> Bool {
        guard let websocket else { return false }
        return bytes.withUnsafeBytes {
            websocket.pointee.send(websocket.pointee.context, socket, $0.baseAddress, UInt64($0.count), isText ? 1 : 0)
        } == Int32(PB_OK)
    }

    /// Closes a socket. After this returns its listener is not called any more, unless it was called from inside it.
    public func hangUp(_ socket: UInt64) {
        guard let websocket else { return }
        websocket.pointee.cancel(websocket.pointee.context, socket)
        listeners.drop(socket)
    }
}

/// Keeps the listeners of sockets that are open: C holds no reference to them.
final class WaitingListeners: Sendable {
    private let waiting = Mutex<[ObjectIdentifier: (listener: WaitingListener, number: UInt64)]>([:])

    func keep(_ listener: WaitingListener) { waiting.withLock { $0[ObjectIdentifier(listener)] = (listener, 0) } }

    func name(_ listener: WaitingListener, _ number: UInt64) {
        waiting.withLock { $0[ObjectIdentifier(listener)]?.number = number }
    }

    func drop(_ listener: WaitingListener) {
        _ = waiting.withLock { $0.removeValue(forKey: ObjectIdentifier(listener)) }
    }

    func drop(_ number: UInt64) {
        let dropped = waiting.withLock { waiting in
            let key = waiting.first { $0.value.number == number }?.key
            return key.flatMap { waiting.removeValue(forKey: $0) }
        }
        withExtendedLifetime(dropped) {}
    }
}

/// One listener behind the C sink of its socket.
final class WaitingListener: Sendable {
    private let listener: any WebSocketListener
    private let collection: WaitingListeners

    init(_ listener: any WebSocketListener, in collection: WaitingListeners) {
        (self.listener, self.collection) = (listener, collection)
    }

    private static func of(_ context: UnsafeMutableRawPointer) -> WaitingListener {
        Unmanaged<WaitingListener>.fromOpaque(context).takeUnretainedValue()
    }

    static let opened: @convention(c) (UnsafeMutableRawPointer?) -> Void = {
        if let context = $0 { of(context).listener.opened() }
    }

    static let message: @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, UInt64, UInt32) -> Void = {
        guard let context = $0 else { return }
        of(context).listener.received(UnsafeRawBufferPointer(start: $1, count: Int($2)), isText: $3 != 0)
    }

    static let closed: @convention(c) (UnsafeMutableRawPointer?, UInt32, pb_text, UnsafePointer<pb_error>?) -> Void = {
        guard let context = $0 else { return }
        let waiting = of(context)
        waiting.listener.closed(code: Int($1), reason: String($2), $3.map { PluginProblem($0.pointee) })
        waiting.collection.drop(waiting)
    }
}
