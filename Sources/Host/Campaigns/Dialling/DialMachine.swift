public import Core

/// One campaign's dialling on one host: a pure value, told what happens, that says what is to be done. It has no clock and does
/// nothing.
///
/// What it is told of attempts that it does not know is passed over: answers may come when they are over.
public struct DialMachine: ~Copyable {
    public private(set) var pacing: Pacing
    public private(set) var throttle = Throttle()
    public private(set) var breaker = CarrierBreaker()
    private var answers = AnswerRate()
    private var pace: Pace
    private var calls = DialledCalls()
    private var isRunning: Bool?
    private var isClaiming = false
    private var isComplete = false
    /// When we had it paused; nil: its state is somebody else's doing.
    private var pausedAt: Timestamp?
    private var actions: [DialAction] = []

    /// An answer that lists no call is believed once it has been doubtful for so long: a carrier's list lags behind.
    public static let settling: Duration = .seconds(15)
    /// A carrier that lets calls wait for so long is congested.
    public static let longestQueue: Duration = .seconds(5)
    /// An attempt that the carrier could not take is given back after so long.
    public static let longestWait: Duration = .seconds(120)
    private static let pausing: Duration = .seconds(5)

    public init(_ pace: Pace) { (self.pace, pacing) = (pace, Pacing(pace)) }

    /// The campaign's document has changed.
    public mutating func change(_ pace: Pace) { (self.pace, pacing) = (pace, Pacing(pace)) }

    public mutating func handle(_ input: DialInput, at now: Timestamp) -> [DialAction] {
        actions = []
        switch input {
        case .tick(let figures): tick(figures, now)
        case .claimed(let claims): claimed(claims, now)
        case .placed(let id): move(id, to: .queued(since: now), now)
        case .refused(let id, let refusal): refused(id, refusal, now)
        case .invalid(let id):
            count(id, isFailure: false)
            calls[id] = nil
        case .absent(let id): absent(id, now)
        case .unreachable(let id): unreachable(id, now)
        case .status(let id, let status): told(id, status, now)
        case .talking(let id): move(id, to: .talking, now)
        case .concluded(let id): move(id, to: .concluded, now)
        case .ended(let id, let outcome): ended(id, outcome, now)
        case .inherited(let id, let status, let latestStart): inherit(id, status, latestStart, now)
        }
        return actions
    }

    // MARK: Figures

    public var ringing: Int { calls.ringing }
    public var talking: Int { calls.talking }
    public var attempts: [String] { calls.ids }
    /// The longest that the carrier has let a call wait that it has not begun.
    public func queueTime(at now: Timestamp) -> Duration { calls.queueTime(at: now) }
    /// Before this moment, `.tick` does nothing but claim while the campaign runs; nil: not by itself.
    public var nextLook: Timestamp? {
        [calls.lookAt, throttle.holdUntil].compactMap(\.self).min()
    }

    // MARK: Time

    private mutating func tick(_ figures: DialFigures, _ now: Timestamp) {
        enter(figures.isRunning, now)
        if queueTime(at: now) > Self.longestQueue { throttle.cut(at: now) } else { throttle.grow(at: now) }
        for id in calls.due(at: now, everything: isRunning != true) { look(at: id, now) }
        guard isRunning == true, pausedAt == nil, !isComplete else { return }
        if figures.isExhausted, calls.isEmpty, !isClaiming {
            isComplete = true
            return actions.append(.complete)
        }
        guard !isClaiming, throttle.isOpen(at: now) else { return }
        var situation = Pacing.Situation()
        (situation.places, situation.talking, situation.ringing) = (figures.places, talking, ringing)
        (situation.answers, situation.budget) = (answers, figures.budget)
        let limit = pacing.next(situation)
        guard limit > 0 else { return }
        isClaiming = true
        actions.append(
            .claim(limit: limit, millicallsPerSecond: throttle.millicallsPerSecond(of: pace.callsPerSecond))
        )
    }

    /// A pause of ours takes a moment to be so; what runs afterwards was resumed by somebody.
    private mutating func enter(_ runs: Bool, _ now: Timestamp) {
        let isStale = pausedAt.map { now - $0 > Self.pausing } ?? false
        if runs, isRunning == false || isStale {
            throttle.resume(at: now)
            breaker.reset()
            (isComplete, pausedAt) = (false, nil)
        }
        if !runs { pausedAt = nil }
        isRunning = runs
    }

    private mutating func look(at id: String, _ now: Timestamp) {
        guard var call = calls[id] else { return }
        let isTooLate = call.isTooLate(at: now)
        switch call.stage {
        case .waiting(let until):
            if isRunning != true { return giveBack(id, "the campaign is not running any more") }
            if isTooLate { return giveBack(id, "its window is over") }
            if now - call.begun > Self.longestWait { return giveBack(id, "the carrier is congested") }
            guard until <= now, throttle.isOpen(at: now) else { break }
            call.stage = .placing
            actions.append(.place(id))
        case .doubtful(let since, let askAt, let tries):
            guard askAt <= now else { break }
            // Twice as long each time, up to a minute; the answer sets it anew.
            call.stage = .doubtful(since: since, askAt: now + Self.wait(tries), tries: tries + 1)
            actions.append(.ask(id))
        case .queued where (isTooLate || isRunning != true) && !call.isCalledOff:
            call.isCalledOff = true
            actions.append(.callOff(id))
        case .queued, .ringing, .talking, .concluded:
            guard now - call.heardAt > call.stage.silence else { break }
            call.heardAt = now
            actions.append(.ask(id))
        case .placing: break
        }
        calls[id] = call
    }

    private static func wait(_ tries: Int) -> Duration { .seconds(min(60, 3 << min(tries, 5))) }

    // MARK: Attempts

    private mutating func claimed(_ claims: [DialInput.Claim], _ now: Timestamp) {
        isClaiming = false
        for claim in claims {
            calls[claim.attempt] = DialledCall(latestStart: claim.latestStart, at: now)
            if isRunning != true {
                giveBack(claim.attempt, "the campaign is not running any more")
            } else if let latest = claim.latestStart, now > latest {
                giveBack(claim.attempt, "its window is over")
            } else {
                actions.append(.place(claim.attempt))
            }
        }
    }

    /// A call only goes forward: what is told late, of a stage that is over, changes nothing.
    private mutating func move(_ id: String, to stage: DialledCall.Stage, _ now: Timestamp) {
        guard var call = calls[id] else { return }
        call.heardAt = now
        if stage.order > call.stage.order { call.stage = stage }
        calls[id] = call
    }

    private mutating func refused(_ id: String, _ refusal: CarrierRefusal, _ now: Timestamp) {
        guard calls[id] != nil else { return }
        switch refusal {
        case .refused(let reason):
            giveBack(id, reason)
            pause("the carrier refuses: \(reason)", now)
        case .congested(let retryAfter):
            throttle.cut(retryAfter: retryAfter, at: now)
            // Later each time: those that wait would press the carrier together.
            let refusals = calls[id]?.refusals ?? 0
            let wait = min(.seconds(30), (retryAfter ?? .seconds(2)) * (1 << min(refusals, 5)))
            calls[id]?.stage = .waiting(until: now + max(wait, retryAfter ?? .zero))
            calls[id]?.refusals = refusals + 1
        case .unknown:
            count(id, isFailure: true)
            if case .placing = calls[id]?.stage { doubt(id, now) }
            check(now)
        }
    }

    private mutating func doubt(_ id: String, _ now: Timestamp, askAfter: Duration = .seconds(2)) {
        calls[id]?.stage = .doubtful(since: now, askAt: now + askAfter, tries: 0)
    }

    private mutating func absent(_ id: String, _ now: Timestamp) {
        guard let call = calls[id] else { return }
        switch call.stage {
        case .doubtful(let since, _, let tries):
            guard now - since < Self.settling else { return giveBack(id, "the carrier has no such call") }
            let settled = since + Self.settling
            calls[id]?.stage = .doubtful(since: since, askAt: max(settled, now + .seconds(1)), tries: tries)
        // Inherited calls, too: a list that lags is no proof.
        case .queued, .ringing: doubt(id, now)
        case .waiting, .placing, .talking, .concluded: break
        }
    }

    private mutating func unreachable(_ id: String, _ now: Timestamp) {
        // It is asked again, later each time; nothing is dialled on a doubt.
        calls[id]?.heardAt = now
    }

    private mutating func told(_ id: String, _ status: String, _ now: Timestamp) {
        switch status {
        case "queued": move(id, to: .queued(since: now), now)
        case "in-progress": move(id, to: .talking, now)
        case "completed", "busy", "no-answer", "failed", "canceled": move(id, to: .concluded, now)
        default: move(id, to: .ringing, now)
        }
    }

    private mutating func ended(_ id: String, _ outcome: AttemptOutcome, _ now: Timestamp) {
        guard calls[id] != nil else { return }
        count(id, isFailure: outcome.disposition == "carrier_error")
        calls[id] = nil
        // What never rang tells nothing of who answers.
        guard !["canceled", "invalid", "carrier_error"].contains(outcome.disposition) else { return check(now) }
        answers.note(isAnswered: outcome.isAnsweredByPerson)
        check(now)
    }

    /// Each call counts once for the breaker, by what was known of it first.
    private mutating func count(_ id: String, isFailure: Bool) {
        guard let call = calls[id], !call.isCounted else { return }
        calls[id]?.isCounted = true
        breaker.note(isFailure: isFailure)
    }

    private mutating func inherit(_ id: String, _ status: String?, _ latestStart: Timestamp?, _ now: Timestamp) {
        guard calls[id] == nil else { return }
        calls[id] = DialledCall(latestStart: latestStart, at: now)
        guard let status else { return doubt(id, now, askAfter: .zero) }
        told(id, status, now)
        actions.append(.ask(id))
    }

    private mutating func giveBack(_ id: String, _ reason: String) {
        calls[id] = nil
        actions.append(.giveBack(id, reason: reason))
    }

    // MARK: The campaign

    private mutating func check(_ now: Timestamp) {
        guard breaker.isOpen else { return }
        let (failures, window) = (breaker.failures, CarrierBreaker.window)
        pause("\(failures) of the last \(window) calls failed by the carrier's fault", now)
    }

    /// Once; the campaign's state tells when it is so.
    private mutating func pause(_ reason: String, _ now: Timestamp) {
        guard isRunning == true, pausedAt == nil, !isComplete else { return }
        pausedAt = now
        actions.append(.pause(reason: reason))
    }
}
