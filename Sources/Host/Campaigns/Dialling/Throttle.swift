public import Core

/// How fast calls are begun: the campaign's rate, less where the carrier is congested or the campaign has just been resumed. A
/// pure value.
///
/// Congestion halves the rate, at most once in a while; without it the rate grows by a tenth of the full one a minute: many
/// senders that do so share what there is (Chiu and Jain, 1989).
public struct Throttle: Sendable {
    /// Of the full rate.
    public private(set) var level = 1.0
    /// Nothing is begun before.
    public private(set) var holdUntil: Timestamp?
    private var lastCut: Timestamp?
    private var lastStep: Timestamp?

    public static let floor = 1.0 / 64
    private static let growth = 0.1 / 60
    /// Many answers say the same of one congestion.
    private static let pause: Duration = .seconds(5)

    public init() {}

    /// After a pause: a tenth, and a tenth more each minute.
    public mutating func resume(at now: Timestamp) { (level, lastStep, holdUntil) = (min(level, 0.1), now, nil) }

    /// The carrier takes no more, or lets calls wait.
    public mutating func cut(retryAfter: Duration? = nil, at now: Timestamp) {
        grow(at: now)
        if let retryAfter { holdUntil = max(holdUntil ?? now, now + retryAfter) }
        if let lastCut, now < lastCut + Self.pause { return }
        lastCut = now
        level = max(Self.floor, level / 2)
    }

    /// Time has passed.
    public mutating func grow(at now: Timestamp) {
        if let holdUntil, holdUntil <= now { self.holdUntil = nil }
        defer { lastStep = now }
        guard let lastStep, now > lastStep, holdUntil == nil else { return }
        level = min(1, level + (now - lastStep).fractionalSeconds * Self.growth)
    }

    /// Whether anything may be begun.
    public func isOpen(at now: Timestamp) -> Bool { holdUntil.map { $0 <= now } ?? true }

    /// Thousandths of calls a second, of a full rate in calls a second; at least one call in a quarter of an hour.
    public func millicallsPerSecond(of rate: Double) -> Int64 { max(1, Int64(rate * level * 1000)) }
}
