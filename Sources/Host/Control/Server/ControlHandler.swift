import Core
import IO

/// Between the socket and the protocol.
final class ControlHandler: LocalHandler {
    private let dispatcher: LoopBound<Dispatcher>
    private let access: Access
    private let loop: PollLoop

    init(_ dispatcher: Dispatcher, access: Access, loop: PollLoop) {
        self.dispatcher = LoopBound(dispatcher, loop)
        (self.access, self.loop) = (access, loop)
    }

    func opened(_ connection: LocalConnection) {}

    func received(_ line: UnsafeRawBufferPointer, on connection: LocalConnection) {
        let client = client(of: connection)
        dispatcher.with { $0.received(line, from: client) }
    }

    func overran(_ connection: LocalConnection, limit: Int) {
        let client = client(of: connection)
        dispatcher.with { $0.overran(client, limit: limit) }
    }

    func closed(_ connection: LocalConnection) {
        (connection.attachment as? Client)?.closed()
        connection.attachment = nil
    }

    /// Made with the first line: a connection that says nothing costs nothing more.
    private func client(of connection: LocalConnection) -> Client {
        if let client = connection.attachment as? Client { return client }
        let peer = connection.peer
        let role = access.role(user: peer.userID) { peer.isMember(of: $0) }
        let client = Client(role: role, outlet: connection, loop: loop)
        connection.attachment = client
        return client
    }
}

extension LocalConnection: Outlet {}
