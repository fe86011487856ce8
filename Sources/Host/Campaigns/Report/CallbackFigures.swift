public import Core

/// What became of the calls that leads have asked for.
public struct CallbackFigures: Sendable, Equatable {
    /// Asked for, ever.
    public var asked = 0
    /// Still to come, and those of them whose time has passed.
    public private(set) var waiting = 0
    public private(set) var late = 0

    public init() {}

    /// A lead that waits to be called back.
    public mutating func add(waitingFor time: Timestamp, now: Timestamp) {
        waiting += 1
        if time < now { late += 1 }
    }

    public var made: Int { max(0, asked - waiting) }
}
