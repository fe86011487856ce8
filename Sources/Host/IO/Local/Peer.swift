import CLinux

/// The process at the other end of a Unix socket, as the kernel knows it since the connection was made.
public struct Peer: Sendable, Equatable {
    public let processID: Int32
    public let userID: UInt32
    public let groupID: UInt32
    /// Supplementary groups, without `groupID`.
    public let groups: [UInt32]

    /// Whether the peer is in a group, by whatever way.
    public func isMember(of group: UInt32) -> Bool { groupID == group || groups.contains(group) }

    /// Nil where the kernel does not tell.
    init?(of socket: Int32) {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        guard clinux_peer(socket, &pid, &uid, &gid) == 0 else { return nil }
        (processID, userID, groupID) = (pid, uid, gid)
        groups = [UInt32](unsafeUninitializedCapacity: 256) { buffer, count in
            count = Int(max(0, clinux_peer_groups(socket, buffer.baseAddress, 256)))
        }
    }
}
