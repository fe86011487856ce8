import Glibc

/// Waits between two questions of the same kind: short at first, longer each time. For workers only.
public struct Pause {
    private var milliseconds: UInt32 = 20
    private static let longest: UInt32 = 1000

    public init() {}

    public mutating func wait() {
        Self.wait(microseconds: UInt64(milliseconds) * 1000)
        milliseconds = min(milliseconds * 2, Self.longest)
    }

    /// Waits as long as a server asked for.
    public static func wait(microseconds: UInt64) {
        var left = timespec(tv_sec: Int(microseconds / 1_000_000), tv_nsec: Int(microseconds % 1_000_000) * 1000)
        var rest = timespec()
        while nanosleep(&left, &rest) == -1, errno == EINTR { left = rest }
    }
}
