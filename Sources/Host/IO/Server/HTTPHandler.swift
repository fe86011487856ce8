/// Serves the requests of an `HTTPServer`. Called on the loop that the connection lives on.
public protocol HTTPHandler: AnyObject, Sendable {
    /// Answers a request by calling `respond` once, on the loop, now or later; after 14 s the server answers 503 itself,
    /// and what comes later is dropped.
    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void)

    /// Decides on a WebSocket.
    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision
}

/// Whether a WebSocket is opened.
public enum WebSocketDecision {
    case accept(any WebSocketHandler)
    case refuse(status: Int)
}
