/// Serves the connections of a `LocalServer`. Called on the server's loop, and must not block.
public protocol LocalHandler: AnyObject, Sendable {
    /// A peer is there. `connection.attachment` may keep what belongs to it.
    func opened(_ connection: LocalConnection)

    /// One line without its newline, valid until the call returns. Empty lines are told too.
    func received(_ line: UnsafeRawBufferPointer, on connection: LocalConnection)

    /// A line exceeds the bound. What is sent now is the last that the peer gets.
    func overran(_ connection: LocalConnection, limit: Int)

    /// The last call for a connection.
    func closed(_ connection: LocalConnection)
}
