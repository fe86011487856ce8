/// Serves one WebSocket. Confined to the socket's loop.
public protocol WebSocketHandler: AnyObject {
    func opened(_ socket: WebSocket)

    /// A whole message, valid until the call returns.
    func received(_ message: UnsafeRawBufferPointer, isText: Bool)

    /// The last call. Code 1006: the peer went away without a goodbye. Not called where `opened` was not.
    func closed(code: Int, reason: String)
}

/// The client's side of a WebSocket.
public protocol WebSocketClientHandler: WebSocketHandler {
    /// There is no connection; the last call.
    func failed(_ failure: IOFailure)
}
