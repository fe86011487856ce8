import Glibc

/// Waits between two questions of the same kind: short at first, longer each time. For workers only.
public struct Pause {
    private var milliseconds: UInt32 = 20
    private static let longest: UInt32 = 1000

    public init() {}

    public mutating func wait() {
        usleep(milliseconds * 1000)
        milliseconds = min(milliseconds * 2, Self.longest)
    }
}
