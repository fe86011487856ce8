public import Core

/// Decides which step of a route answers, when to try again and when to give up.
///
/// It never sees a frame, has no clock and does no I/O: the driver reports what happened and when, and performs the
/// actions that come back, in order. It knows nothing of kinds. Breakers, hedging and replay attach here: a breaker is
/// one more reason not to choose a step, a hedge one more `open`, and `replay` names the items whose answer is not
/// complete with what was delivered of them.
public struct RouteMachine: ~Copyable {
    /// What happened.
    public enum Input: Equatable {
        /// The first input of an item came.
        case began(UInt64)
        /// The item's input is complete: from now on its answer is waited for.
        case complete(UInt64)
        /// The stream that `open` asked for is open.
        case opened
        /// A piece of the item's answer came.
        case progress(UInt64)
        /// The item's answer is complete.
        case finished(UInt64)
        /// Nobody wants the item any more.
        case cancelled(UInt64)
        /// The stream failed or could not be opened.
        case failed(retryable: Bool, retryAfter: Duration?)
        /// The plugin's generation has been replaced: the same step is opened again, which is not its fault.
        case superseded
        /// The moment in `wakeAt` has come.
        case due
    }

    /// Which deadline passed.
    public enum Deadline: String, Equatable, Sendable { case first, next, total }

    /// What the driver is to do.
    public enum Action: Equatable {
        /// Closes the stream, which missed a deadline.
        case timedOut(step: Int, item: UInt64, Deadline)
        /// Closes the stream: a better step is due again.
        case leave(step: Int)
        /// Tells whoever listens that the route goes on with another step.
        case fallBack(from: Int, to: Int)
        /// Opens a stream at this step and reports `opened` or `failed`.
        case open(step: Int)
        /// Pushes these items again from their beginning.
        case replay([Unanswered])
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

    private struct Item {
        let number: UInt64
        var isComplete = false
        /// When its deadlines started to run: its input was complete, or the item before it was finished.
        var since: Moment?
        var lastPiece: Moment?
        var delivered = 0
    }

    private enum State: Equatable { case idle, opening, open, waiting(until: Moment) }

    private let steps: [Step]
    private var state = State.idle
    private var tried = 0
    private var supersededInARow = 0
    private var fellBackAt: Moment?
    private var items: [Item] = []

    /// How long a route stays with a later step before it tries the first one again, between two items.
    public static let recheck: Duration = .seconds(30)
    /// The longest pause before a step is tried again; who asks for more is passed over.
    public static let longestPause: Duration = .seconds(2)

    /// The step in use, or the next one to be opened.
    public private(set) var step = 0

    public init(steps: [Step]) { self.steps = steps }

    public var isOpen: Bool { state == .open }
    public var isIdle: Bool { items.isEmpty }

    /// When `due` is wanted; nil: nothing is waited for. It may move at every input.
    public var wakeAt: Moment? {
        switch state {
        case .waiting(let until): until
        case .open: deadline?.at
        case .idle, .opening: nil
        }
    }

    /// Takes one input and says what to do now.
    public mutating func handle(_ input: Input, at now: Moment) -> [Action] {
        switch input {
        case .began(let item): return began(item, now)
        case .complete(let item): complete(item, now)
        case .opened: return opened(now)
        case .progress(let item): progress(item, now)
        case .finished(let item): finished(item, now)
        case .cancelled(let item): remove(item, now)
        case .failed(let retryable, let retryAfter): return failed(retryable, retryAfter, now)
        case .superseded: return superseded(now)
        case .due: return due(now)
        }
        return []
    }

    // MARK: Items

    private mutating func began(_ number: UInt64, _ now: Moment) -> [Action] {
        guard !items.contains(where: { $0.number == number }) else { return [] }
        let wasIdle = items.isEmpty
        items.append(Item(number: number))
        if wasIdle, step > 0, let fellBackAt, now - fellBackAt >= Self.recheck {
            let left = step
            (step, tried) = (0, 0)
            self.fellBackAt = nil
            defer { state = .opening }
            return state == .open ? [.leave(step: left), .open(step: 0)] : [.open(step: 0)]
        }
        guard state == .idle else { return [] }
        state = .opening
        return [.open(step: step)]
    }

    private mutating func complete(_ number: UInt64, _ now: Moment) {
        guard let index = items.firstIndex(where: { $0.number == number }), !items[index].isComplete else { return }
        items[index].isComplete = true
        items[index].since = now
    }

    /// Pieces that come before the input is complete, as partial transcripts do, start no clock.
    private mutating func progress(_ number: UInt64, _ now: Moment) {
        guard let index = items.firstIndex(where: { $0.number == number }) else { return }
        items[index].delivered += 1
        if items[index].isComplete { items[index].lastPiece = now }
        supersededInARow = 0
    }

    private mutating func finished(_ number: UInt64, _ now: Moment) {
        remove(number, now)
        (tried, supersededInARow) = (0, 0)
    }

    /// A plugin may work on one item after the other: the next one's clock starts when the one before is out of the way.
    private mutating func remove(_ number: UInt64, _ now: Moment) {
        guard let index = items.firstIndex(where: { $0.number == number }) else { return }
        items.remove(at: index)
        guard let next = items.firstIndex(where: \.isComplete) else { return }
        if index <= next, items[next].lastPiece == nil { items[next].since = now }
    }

    // MARK: Streams

    private mutating func opened(_ now: Moment) -> [Action] {
        state = .open
        for index in items.indices {
            items[index].lastPiece = nil
            if items[index].isComplete { items[index].since = now }
        }
        return items.isEmpty ? [] : [.replay(items.map { Unanswered(item: $0.number, delivered: $0.delivered) })]
    }

    private mutating func failed(_ retryable: Bool, _ retryAfter: Duration?, _ now: Moment) -> [Action] {
        guard !items.isEmpty else {
            // Nobody waits: the next item will open it again.
            state = .idle
            return []
        }
        tried += 1
        let pause = max(retryAfter ?? .zero, .milliseconds(50 << min(tried, 5)))
        if retryable, tried < steps[step].tries, pause <= Self.longestPause {
            state = .waiting(until: now + pause)
            return []
        }
        return nextStep(now)
    }

    private mutating func nextStep(_ now: Moment) -> [Action] {
        tried = 0
        guard step + 1 < steps.count else {
            let lost = items.map(\.number)
            items.removeAll()
            (step, state, fellBackAt) = (0, .idle, nil)
            return [.giveUp(lost)]
        }
        step += 1
        (fellBackAt, state) = (now, .opening)
        return [.fallBack(from: step - 1, to: step), .open(step: step)]
    }

    private mutating func superseded(_ now: Moment) -> [Action] {
        supersededInARow += 1
        guard supersededInARow <= 3 else { return failed(true, nil, now) }
        guard !items.isEmpty else {
            state = .idle
            return []
        }
        state = .opening
        return [.open(step: step)]
    }

    // MARK: Deadlines

    /// The deadline of the oldest item whose answer is waited for.
    private var deadline: (at: Moment, item: UInt64, kind: Deadline)? {
        guard let item = items.first(where: \.isComplete), let since = item.since else { return nil }
        let limits = steps[step]
        var result = (at: since + limits.first, item: item.number, kind: Deadline.first)
        if let lastPiece = item.lastPiece { result = (lastPiece + limits.next, item.number, .next) }
        if let total = limits.total, since + total < result.at { result = (since + total, item.number, .total) }
        return result
    }

    private mutating func due(_ now: Moment) -> [Action] {
        switch state {
        case .waiting(let until) where now >= until:
            state = .opening
            return [.open(step: step)]
        case .open:
            guard let deadline, now >= deadline.at else { return [] }
            let late = step
            return [.timedOut(step: late, item: deadline.item, deadline.kind)] + failed(true, nil, now)
        default: return []
        }
    }
}
