/// Whether the carrier is worth calling: of the last 50 calls at most a fifth may have failed by its fault. A pure value.
public struct CarrierBreaker: Sendable {
    public static let window = 50
    public static let share = 0.2
    private var outcomes: [Bool] = []
    private var next = 0

    public init() {}

    public var failures: Int { outcomes.count { $0 } }

    public mutating func note(isFailure: Bool) {
        if outcomes.count < Self.window {
            outcomes.append(isFailure)
        } else {
            outcomes[next] = isFailure
            next = (next + 1) % Self.window
        }
    }

    /// So few calls tell nothing.
    public var isOpen: Bool {
        outcomes.count == Self.window && Double(failures) > Self.share * Double(Self.window)
    }

    /// Somebody has put it right.
    public mutating func reset() { (outcomes, next) = ([], 0) }
}
