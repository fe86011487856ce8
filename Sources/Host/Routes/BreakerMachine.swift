public import Core

/// Whether a provider is worth asking: what all calls of the host learned of it together.
///
/// It opens after so many failures in a row, and when so many answers are overdue at once while nobody gets any. While it
/// is open nobody asks; then one item at a time finds out whether the provider is up again. A pure value.
public struct BreakerMachine: Sendable {
    /// Who asks: a session.
    public typealias Token = UInt64

    public enum State: Equatable, Sendable {
        case closed
        /// Nobody asks before this moment.
        case open(until: Moment)
        /// One item finds out.
        case probing(Token, since: Moment)
    }

    /// What a report changed, for whoever tells people.
    public enum Change: Equatable, Sendable { case opened, closed }

    /// So many failures in a row, or overdue answers at once, open it.
    public static let threshold = 3
    /// How long it is open at first, and at most; it doubles with each probe that fails.
    public static let pause = (first: Duration.seconds(2), longest: Duration.seconds(60))
    /// A probe that says nothing for so long is forgotten.
    public static let longestProbe: Duration = .seconds(30)
    /// Patience is never less: below it, waits are noise.
    public static let leastPatience: Duration = .milliseconds(150)

    public private(set) var state = State.closed
    private var failures = 0
    private var pause = Self.pause.first
    /// Who has waited longer than is usual, and since when.
    private var overdue: [Token: Moment] = [:]
    private var lastAnswer: Moment?
    /// Smoothed time to the first piece and its deviation, in microseconds; nil before the first answer.
    private var typical: (mean: Double, deviation: Double)?

    public init() {}

    /// How long a first piece takes at most, usually: the mean and four deviations, as TCP waits for an acknowledgement
    /// (RFC 6298). Nil before the first answers.
    public var patience: Duration? {
        typical.map { max(.microseconds(Int64($0.mean + 4 * $0.deviation)), Self.leastPatience) }
    }

    /// Whether an item may ask now. A probe is given to one at a time.
    public mutating func admit(_ token: Token, at now: Moment) -> RouteMachine.Verdict {
        let verdict = verdict(at: now)
        if verdict == .probe { state = .probing(token, since: now) }
        return verdict
    }

    /// What `admit` would answer.
    public func verdict(at now: Moment) -> RouteMachine.Verdict {
        switch state {
        case .closed: .free
        case .open(let until): now >= until ? .probe : .barred
        case .probing(_, let since): now - since >= Self.longestProbe ? .probe : .barred
        }
    }

    /// The first piece of an answer came.
    public mutating func answered(_ token: Token, after wait: Duration, at now: Moment) -> Change? {
        overdue[token] = nil
        (failures, lastAnswer) = (0, now)
        learn(Double(wait.wholeMicroseconds))
        guard state != .closed else { return nil }
        // It was asked before the breaker opened: a sign of life, which the next one may verify at once.
        if case .open = state {
            state = .open(until: now)
            return nil
        }
        (state, pause) = (.closed, Self.pause.first)
        return .closed
    }

    /// The provider failed an item. `retryAfter` is what it asked for.
    public mutating func failed(_ token: Token, retryAfter: Duration? = nil, at now: Moment) -> Change? {
        overdue[token] = nil
        failures += 1
        switch state {
        case .closed:
            let isBusy = (retryAfter ?? .zero) > RouteMachine.longestPause
            return failures >= Self.threshold || isBusy ? open(for: max(pause, retryAfter ?? .zero), now) : nil
        case .probing(token, _):
            pause = min(pause * 2, Self.pause.longest)
            _ = open(for: max(pause, retryAfter ?? .zero), now)
            return nil
        case .probing, .open: return nil
        }
    }

    /// An answer is overdue that has been waited for since `since`.
    public mutating func suspected(_ token: Token, since: Moment, at now: Moment) -> Change? {
        guard state == .closed else { return nil }
        overdue[token] = since
        // Answers to others prove that it lives, if slowly.
        let silent = overdue.values.filter { $0 >= lastAnswer ?? $0 }
        return silent.count >= Self.threshold ? open(for: pause, now) : nil
    }

    /// The item is not waited for any more; nothing was learned.
    public mutating func gone(_ token: Token, at now: Moment) {
        overdue[token] = nil
        if case .probing(token, _) = state { state = .open(until: now) }
    }

    private mutating func open(for pause: Duration, _ now: Moment) -> Change? {
        state = .open(until: now + min(pause, Self.pause.longest))
        failures = 0
        overdue = [:]
        return .opened
    }

    private mutating func learn(_ wait: Double) {
        guard let known = typical else { return typical = (wait, wait / 2) }
        let deviation = known.deviation + (abs(wait - known.mean) - known.deviation) / 4
        typical = (known.mean + (wait - known.mean) / 8, deviation)
    }
}
