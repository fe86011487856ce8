/// What a `SocketLoop` hands on: implemented by the server.
protocol SocketService: AnyObject {
    func request(_ exchange: OpaquePointer, _ request: HTTPRequest, on loop: SocketLoop)
    func abandoned(_ exchange: OpaquePointer, on loop: SocketLoop)
    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision
}
