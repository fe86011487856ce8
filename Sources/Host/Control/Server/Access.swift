import CLinux
import Glibc
import IO
import RPCSchema

/// Which peer may do what: the host's own user and root everything, others by the groups they are in.
public struct Access: Sendable {
    private let owner: UInt32
    private var groups: [(role: Role, group: UInt32)] = []

    /// Names of Unix groups; without any, only the host's own user and root get in.
    public init(
        readGroups: [String] = [],
        writeGroups: [String] = [],
        adminGroups: [String] = []
    ) throws(ControlFailure) {
        owner = geteuid()
        for (role, names) in [(Role.admin, adminGroups), (.write, writeGroups), (.read, readGroups)] {
            for name in names {
                var group: UInt32 = 0
                guard clinux_group_id(name, &group) == 1 else { throw .unknownGroup(name) }
                groups.append((role, group))
            }
        }
    }

    /// Whether peers of other users may connect at all.
    var isShared: Bool { !groups.isEmpty }

    /// The highest role that a peer has; nil: none.
    func role(user: UInt32, isMember: (UInt32) -> Bool) -> Role? {
        if user == owner || user == 0 { return .admin }
        return groups.first { isMember($0.group) }?.role
    }
}
