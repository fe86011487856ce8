/// What a peer may do; each role includes those before it.
public enum Role: String, Sendable, Comparable, CaseIterable {
    case read, write, admin

    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .write: 1
        case .admin: 2
        }
    }
}
