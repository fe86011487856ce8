public import Core

/// A carrier as a value: requests and time in, what happens out. It has no clock and does no I/O, so a simulation can
/// drive it through a million calls, and a server through a few in real time.
///
/// What becomes of a call depends on the seed, its number and how often that was called, on nothing else.
public struct CarrierMachine: ~Copyable {
    public var practice: Practice
    public private(set) var figures = CarrierFigures()
    /// Those that are not over, and the others if they are kept.
    public private(set) var calls: [Int: PracticeCall] = [:]
    private let seed: UInt64
    /// Conversations are held by somebody else, who says when they are over.
    private let hasConversations: Bool
    private let keepsCalls: Bool
    private var agenda = Agenda()
    private var attempts: [UInt64: Int] = [:]
    private var liveNumbers: [UInt64: Int] = [:]
    private var held: [UInt64: CallNews] = [:]
    private var waiting: [Int] = []
    private var waitingFrom = 0
    private var tokens = 1.0
    private var tokensAt: Int64?
    /// The queue is looked at again in any case.
    private var isAdmissionDue = false
    private var actions: [CarrierAction] = []
    /// A conversation is cut after four hours.
    private static let longest: Int64 = 4 * 3_600_000

    /// With `hasConversations`, answered calls last until `hungUp` says otherwise; without, as long as their personas stay.
    /// `keepsCalls`: calls that are over are not forgotten.
    public init(
        _ practice: Practice = Practice(),
        seed: UInt64,
        hasConversations: Bool = false,
        keepsCalls: Bool = false
    ) {
        (self.practice, self.seed) = (practice, seed)
        (self.hasConversations, self.keepsCalls) = (hasConversations, keepsCalls)
    }

    /// When `time` is to be given at the latest; nil: nothing is to come.
    public var nextDue: Timestamp? { agenda.first.map { Timestamp(unixMilliseconds: $0) } }

    /// Time never goes back.
    public mutating func handle(_ input: CarrierInput, at now: Timestamp) -> [CarrierAction] {
        actions.removeAll(keepingCapacity: true)
        catchUp(to: now.unixMilliseconds)
        switch input {
        case .place(let request): place(request, now)
        case .end(let number): end(number, now)
        case .hungUp(let number): if calls[number]?.status == .inProgress { finish(number, .completed, 200, now) }
        case .time: break
        }
        return actions
    }

    // MARK: Placing

    private mutating func place(_ request: CallRequest, _ now: Timestamp) {
        let key = Dice.key(request.to)
        let attempt = attempts[key, default: 0] + 1
        var dice = Dice(seed: seed, number: key, attempt: UInt64(attempt))
        let persona = practice.persona(for: request.to, seed: seed, attempt: dice.bits())
        if let refusal = refusal(request, persona, &dice, now) {
            figures.refused += 1
            return actions.append(.refused(refusal))
        }
        attempts[key] = attempt
        figures.placed += 1
        if liveNumbers[key, default: 0] > 0 { figures.overlapping += 1 }
        liveNumbers[key, default: 0] += 1
        let number = figures.placed
        actions.append(.accepted(number, reply(&dice)))
        calls[number] = PracticeCall(
            number: number,
            request: request,
            persona: persona,
            attempt: attempt,
            placedAt: now,
            dice: dice
        )
        waiting.append(number)
        figures.queued += 1
        admit(now)
    }

    private mutating func refusal(_ request: CallRequest, _ persona: Persona, _ dice: inout Dice, _ now: Timestamp)
        -> Refusal?
    {
        guard CallRequest.isNumber(request.to), persona.kind != .invalid else { return .invalidTo(request.to) }
        guard CallRequest.isNumber(request.from) else { return .invalidFrom(request.from) }
        // These two strike anew each time a request is made again.
        if practice.faults.refuses > 0 || practice.faults.failsBefore > 0 {
            var other = Dice(seed: dice.bits(), number: UInt64(figures.refused), attempt: UInt64(figures.placed))
            if other.happens(practice.faults.refuses) { return .tooMany }
            if other.happens(practice.faults.failsBefore) { return .failed }
        }
        refill(now.unixMilliseconds)
        if isRoom { return nil }
        return practice.limits.queuesExcess && figures.queued < practice.limits.queue ? nil : .tooMany
    }

    private func reply(_ dice: inout Dice) -> CarrierAction.Reply {
        let faults = practice.faults
        if dice.happens(faults.losesAnswer) { return .lost }
        if dice.happens(faults.failsAfter) { return .failed }
        return dice.happens(faults.answersLate) ? .late(dice.milliseconds(faults.answerDelay)) : .prompt
    }

    // MARK: The queue

    private var isRoom: Bool {
        let limits = practice.limits
        return (limits.callsPerSecond == 0 || tokens >= 1)
            && (limits.concurrentCalls == 0 || figures.live < limits.concurrentCalls)
    }

    private mutating func refill(_ now: Int64) {
        let rate = practice.limits.callsPerSecond
        let elapsed = Double(now - (tokensAt ?? now)) / 1000
        tokens = min(max(1, rate), tokens + elapsed * rate)
        tokensAt = now
    }

    /// Begins the calls whose turn it is.
    private mutating func admit(_ now: Timestamp) {
        refill(now.unixMilliseconds)
        while waitingFrom < waiting.count {
            let number = waiting[waitingFrom]
            guard calls[number]?.status == .queued else {
                waitingFrom += 1
                continue
            }
            guard isRoom else { break }
            waitingFrom += 1
            if practice.limits.callsPerSecond > 0 { tokens -= 1 }
            begin(number, now)
        }
        if waitingFrom > 1024, 2 * waitingFrom > waiting.count {
            waiting.removeFirst(waitingFrom)
            waitingFrom = 0
        }
        let limits = practice.limits
        guard waitingFrom < waiting.count, limits.callsPerSecond > 0, tokens < 1, !isAdmissionDue else { return }
        isAdmissionDue = true
        let wait = Int64((1000 * (1 - tokens) / limits.callsPerSecond).rounded(.up))
        agenda.add(.admit, 0, at: now.unixMilliseconds + max(1, wait))
    }

    private mutating func begin(_ number: Int, _ now: Timestamp) {
        figures.queued -= 1
        figures.live += 1
        figures.mostLive = max(figures.mostLive, figures.live)
        guard let delay = calls[number]?.dice.milliseconds(practice.dials) else { return }
        calls[number]?.begunAt = now
        turn(number, .initiated, .initiated, now)
        agenda.add(.ring, number, at: now.unixMilliseconds + delay)
    }

    // MARK: The course of a call

    private mutating func catchUp(to now: Int64) {
        while let entry = agenda.popDue(at: now) {
            let time = Timestamp(unixMilliseconds: entry.time)
            switch entry.step {
            case .admit:
                isAdmissionDue = false
                admit(time)
            case .tell: if let news = held.removeValue(forKey: entry.order) { actions.append(.tell(entry.call, news)) }
            default: advance(entry.call, entry.step, time)
            }
        }
    }

    /// Steps that the call has left behind, because it was ended, are without effect.
    private mutating func advance(_ number: Int, _ step: Agenda.Step, _ now: Timestamp) {
        guard let status = calls[number]?.status else { return }
        switch (step, status) {
        case (.ring, .initiated): ring(number, now)
        case (.answer, .ringing): answer(number, now)
        case (.giveUp, .ringing): finish(number, .noAnswer, 487, now)
        case (.detect, .inProgress): detect(number, now)
        case (.finish, .inProgress): finish(number, .completed, 200, now)
        default: break
        }
    }

    private mutating func ring(_ number: Int, _ now: Timestamp) {
        guard var call = calls[number] else { return }
        let isCongested = call.dice.happens(practice.faults.isCongested)
        let wait = call.dice.milliseconds(call.persona.rings)
        calls[number]?.dice = call.dice
        if isCongested { return finish(number, .failed, 503, now) }
        switch call.persona.kind {
        case .busy: return finish(number, .busy, 486, now)
        case .unreachable, .invalid: return finish(number, .failed, 404, now)
        default: break
        }
        calls[number]?.ringingAt = now
        turn(number, .ringing, .ringing, now)
        let patience = 1000 * Int64(call.request.timeout)
        if call.persona.kind.isAnswered, wait <= patience {
            agenda.add(.answer, number, at: now.unixMilliseconds + wait)
        } else {
            agenda.add(.giveUp, number, at: now.unixMilliseconds + patience)
        }
    }

    private mutating func answer(_ number: Int, _ now: Timestamp) {
        guard var call = calls[number] else { return }
        figures.answered += 1
        let stay =
            hasConversations && call.persona.stays == nil
            ? Self.longest : call.dice.milliseconds(call.persona.stays ?? call.persona.usualStay)
        let detection = detectionTime(&call)
        calls[number]?.dice = call.dice
        calls[number]?.answeredAt = now
        turn(number, .answered, .inProgress, now)
        agenda.add(.finish, number, at: now.unixMilliseconds + stay)
        if call.request.detection != .off { agenda.add(.detect, number, at: now.unixMilliseconds + detection) }
        if call.request.detection == .off || call.request.detectsMeanwhile { actions.append(.converse(number)) }
    }

    /// How long it takes until it is known who has answered: people say a word and wait, machines talk on.
    private func detectionTime(_ call: inout PracticeCall) -> Int64 {
        switch (call.persona.kind, call.request.detection) {
        case (.voicemail, .messageEnd): call.dice.milliseconds(8...14)
        case (.voicemail, _): call.dice.milliseconds(2.6...4)
        case (.fax, _): call.dice.milliseconds(1.5...3)
        default: call.dice.milliseconds(1.6...3)
        }
    }

    private mutating func detect(_ number: Int, _ now: Timestamp) {
        guard var call = calls[number], let answeredAt = call.answeredAt else { return }
        let isMachine = (call.persona.kind == .voicemail) != call.dice.happens(practice.faults.misdetects)
        let machine = call.request.detection == .messageEnd ? "machine_end_beep" : "machine_start"
        let verdict = call.persona.kind == .fax ? "fax" : isMachine ? machine : "human"
        calls[number]?.dice = call.dice
        calls[number]?.answeredBy = verdict
        guard call.request.detectsMeanwhile else { return actions.append(.converse(number)) }
        let taken = now.unixMilliseconds - answeredAt.unixMilliseconds
        actions.append(.detected(number, answeredBy: verdict, milliseconds: taken))
    }

    private mutating func end(_ number: Int, _ now: Timestamp) {
        guard let status = calls[number]?.status, !status.isFinal else { return }
        if status == .inProgress { return finish(number, .completed, 200, now) }
        finish(number, .canceled, 487, now)
    }

    private mutating func finish(_ number: Int, _ status: CallStatus, _ sipCode: Int, _ now: Timestamp) {
        guard let call = calls[number] else { return }
        if call.status == .queued { figures.queued -= 1 } else { figures.live -= 1 }
        let key = Dice.key(call.request.to)
        let others = liveNumbers[key, default: 1] - 1
        liveNumbers[key] = others > 0 ? others : nil
        calls[number]?.endedAt = now
        calls[number]?.sipCode = sipCode
        turn(number, .completed, status, now)
        if let ended = calls[number] { actions.append(.over(ended)) }
        if !keepsCalls { calls[number] = nil }
        admit(now)
    }

    /// A call enters a status, which is told, or not, or twice, or late.
    private mutating func turn(_ number: Int, _ event: CallEvents, _ status: CallStatus, _ now: Timestamp) {
        calls[number]?.status = status
        guard var call = calls[number], call.request.events.contains(event) else { return }
        let news = CallNews(
            event: event,
            status: status,
            sequence: call.sequence,
            at: now,
            duration: call.duration,
            sipCode: call.sipCode,
            answeredBy: call.answeredBy
        )
        calls[number]?.sequence += 1
        let faults = practice.faults
        let isLost = call.dice.happens(faults.losesCallback)
        let copies = isLost ? 0 : call.dice.happens(faults.repeatsCallback) ? 2 : 1
        for copy in 0..<copies {
            if copy > 0 || call.dice.happens(faults.delaysCallback) {
                let delay = call.dice.milliseconds(faults.callbackDelay)
                held[agenda.add(.tell, number, at: now.unixMilliseconds + delay)] = news
            } else {
                actions.append(.tell(number, news))
            }
        }
        calls[number]?.dice = call.dice
    }
}
