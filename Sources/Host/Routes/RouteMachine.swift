public import Core

/// Decides which step of a route answers, when to try again, when to ask a second one beside the first, and when to give
/// up.
///
/// It never sees a frame, has no clock and does no I/O: the driver reports what happened and when, and performs the
/// actions that come back, in order. It knows nothing of kinds. The extensions look after streams (`+streams`), second
/// opinions (`+hedging`) and deadlines (`+deadlines`).
public struct RouteMachine: ~Copyable {
    /// Which stream: the one in use, or a second one that was opened because the first is late.
    public enum Lane: Sendable { case main, hedge }

    /// What the breaker of a step says.
    public enum Verdict: Sendable {
        /// The provider answers, as far as anybody knows.
        case free
        /// It was down; this one item shall find out whether it still is.
        case probe
        /// It is down.
        case barred
    }

    /// What happened.
    public enum Input: Equatable {
        /// The first input of an item came. Verdicts on the first step, for a route that has left it, and on the one in use.
        case began(UInt64, first: Verdict = .free, current: Verdict = .free)
        /// The item's input is complete: from now on its answer is waited for.
        case complete(UInt64)
        /// The stream that `open` asked for is open.
        case opened(Lane = .main, Verdict = .free)
        /// A piece of the item's answer came.
        case progress(UInt64, Lane = .main)
        /// The item's answer is complete.
        case finished(UInt64, Lane = .main)
        /// Nobody wants the item any more.
        case cancelled(UInt64)
        /// The stream failed or could not be opened.
        case failed(Lane = .main, retryable: Bool, retryAfter: Duration?)
        /// The plugin's generation has been replaced: the same step is opened again, which is not its fault.
        case superseded(Lane = .main)
        /// The breaker of the step in use, or of the one to be opened, says that its provider is down.
        case barred
        /// The moment in `wakeAt` has come.
        case due
    }

    /// Which deadline passed.
    public enum Deadline: String, Equatable, Sendable { case first, next, total }

    /// What the driver is to do.
    public enum Action: Equatable {
        /// Closes the main stream, which missed a deadline.
        case timedOut(step: Int, item: UInt64, Deadline)
        /// Closes the main stream: another step is due.
        case leave(step: Int)
        /// Tells whoever listens that the route goes on with another step.
        case fallBack(from: Int, to: Int)
        /// Opens a stream at this step and reports `opened`, `failed` or `barred`.
        case open(step: Int, Lane = .main)
        /// Pushes these items again from their beginning.
        case replay([Unanswered], Lane = .main)
        /// The answer is later than this provider's answers are: its breaker wants to know, and may report `barred`.
        case suspect(step: Int)
        /// The second stream takes the place of the main one, which is closed.
        case adopt(step: Int)
        /// Closes the second stream: the first answered.
        case drop
        /// No step is left: these items get no answer. The next item starts at the first step again.
        case giveUp([UInt64])
    }

    /// An item without a complete answer.
    public struct Unanswered: Equatable, Sendable {
        public let item: UInt64
        /// How many pieces of an answer were delivered, by all steps together. 0: nobody has seen anything of it.
        public let delivered: Int

        public init(item: UInt64, delivered: Int) { (self.item, self.delivered) = (item, delivered) }
    }

    struct Item {
        let number: UInt64
        var isComplete = false
        /// When its deadlines started to run: its input was complete, or the item before it was finished, or this step
        /// was first asked. A second try at the same step has what is left of the time.
        var since: Moment?
        var lastPiece: Moment?
        var delivered = 0
        /// Until when the breaker need not be told again.
        var trustedUntil: Moment?
        /// A second step has been asked about it, successfully or not.
        var isHedged = false
    }

    enum State: Equatable { case idle, opening, open, waiting(until: Moment) }

    let steps: [Step]
    /// Whether an item may be asked at two steps at once.
    let hedges: Bool
    var state = State.idle
    var tried = 0
    var supersededInARow = 0
    var fellBackAt: Moment?
    /// The first step was left because its provider is down: as soon as it is up, it is asked again.
    var wasBarred = false
    var isProbe = false
    var items: [Item] = []
    /// The second stream and whether it is open; nil: there is none.
    var second: (step: Int, isOpen: Bool, since: Moment)?
    var dice: SplitMix

    /// How long a route stays with a later step before it tries the first one again, between two items.
    public static let recheck: Duration = .seconds(30)
    /// The longest pause before a step is tried again; who asks for more is passed over.
    public static let longestPause: Duration = .seconds(2)

    /// The step in use, or the next one to be opened.
    public internal(set) var step = 0
    /// How long answers of the step in use usually take at most, as the driver's breaker has learned; nil: unknown.
    public var patience: Duration?

    /// `seed` spreads the pauses before retries. `hedges`: an item may be asked at two steps at once, because its input is
    /// kept and asking does nothing in the world.
    public init(steps: [Step], hedges: Bool = false, seed: UInt64 = 0) {
        (self.steps, self.hedges) = (steps, hedges)
        dice = SplitMix(seed: seed)
    }

    public var isOpen: Bool { state == .open }
    public var isIdle: Bool { items.isEmpty }

    /// Takes one input and says what to do now.
    public mutating func handle(_ input: Input, at now: Moment) -> [Action] {
        switch input {
        case .began(let item, let first, let current): return began(item, first, current, now)
        case .complete(let item): complete(item, now)
        case .opened(.main, let verdict): return opened(verdict, now)
        case .opened(.hedge, _): return secondOpened(now)
        case .progress(let item, let lane): return progress(item, lane, now)
        case .finished(let item, let lane): return finished(item, lane, now)
        case .cancelled(let item): return remove(item, now)
        case .failed(.main, let retryable, let retryAfter): return failed(retryable, retryAfter, now)
        case .failed(.hedge, _, _), .superseded(.hedge): second = nil
        case .superseded(.main): return superseded(now)
        case .barred: return barred(now)
        case .due: return due(now)
        }
        return []
    }

    // MARK: Items

    private mutating func began(_ number: UInt64, _ first: Verdict, _ current: Verdict, _ now: Moment) -> [Action] {
        guard !items.contains(where: { $0.number == number }) else { return [] }
        let wasIdle = items.isEmpty
        items.append(Item(number: number))
        if wasIdle, returns(first, now) {
            let left = step
            (step, tried) = (0, 0)
            (fellBackAt, wasBarred) = (nil, false)
            defer { state = .opening }
            return state == .open ? [.leave(step: left), .open(step: 0)] : [.open(step: 0)]
        }
        if wasIdle, state == .open {
            isProbe = current == .probe
            if current == .barred { return barred(now) }
        }
        guard state == .idle else { return [] }
        state = .opening
        return [.open(step: step)]
    }

    /// Whether the route goes back to its first step now.
    private func returns(_ first: Verdict, _ now: Moment) -> Bool {
        guard step > 0, let fellBackAt else { return false }
        switch first {
        case .barred: return false
        case .probe: return true
        case .free: return wasBarred || now - fellBackAt >= Self.recheck
        }
    }

    private mutating func complete(_ number: UInt64, _ now: Moment) {
        guard let index = items.firstIndex(where: { $0.number == number }), !items[index].isComplete else { return }
        items[index].isComplete = true
        items[index].since = now
    }

    /// Pieces that come before the input is complete, as partial transcripts do, start no clock.
    private mutating func progress(_ number: UInt64, _ lane: Lane, _ now: Moment) -> [Action] {
        guard let index = items.firstIndex(where: { $0.number == number }) else { return [] }
        let actions = second == nil ? [] : decide(for: lane, number, now)
        items[index].delivered += 1
        if items[index].isComplete { items[index].lastPiece = now }
        (supersededInARow, isProbe) = (0, false)
        return actions
    }

    private mutating func finished(_ number: UInt64, _ lane: Lane, _ now: Moment) -> [Action] {
        var actions = second == nil ? [] : decide(for: lane, number, now)
        actions += remove(number, now)
        (tried, supersededInARow, isProbe) = (0, 0, false)
        return actions
    }

    /// A plugin may work on one item after the other: the next one's clock starts when the one before is out of the way.
    private mutating func remove(_ number: UInt64, _ now: Moment) -> [Action] {
        guard let index = items.firstIndex(where: { $0.number == number }) else { return [] }
        let wasHedged = second != nil && waiting == index
        items.remove(at: index)
        if let next = items.firstIndex(where: \.isComplete), index <= next, items[next].lastPiece == nil {
            items[next].since = now
            items[next].trustedUntil = nil
        }
        guard wasHedged else { return [] }
        second = nil
        return [.drop]
    }

    /// How long the first piece of the item has been waited for; nil: it has come, or is not due.
    public func wait(for number: UInt64, _ lane: Lane = .main, at now: Moment) -> Duration? {
        guard let item = items.first(where: { $0.number == number }), item.isComplete, item.lastPiece == nil else {
            return nil
        }
        return (lane == .hedge ? second?.since : item.since).map { now - $0 }
    }

    /// Since when the answer to the oldest item is waited for.
    public var waitingSince: Moment? { waiting.flatMap { items[$0].since } }

    /// The oldest item whose answer is waited for.
    var waiting: Int? { items.firstIndex(where: \.isComplete) }
}
