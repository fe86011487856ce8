/// What belongs to one socket on our side, behind the pointer that C keeps.
final class SocketUser {
    let handler: any WebSocketHandler
    var socket: WebSocket?

    init(_ handler: any WebSocketHandler) { self.handler = handler }
}
