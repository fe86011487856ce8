import Campaigns
import Carrier
import Core
import JSONKit
import Store

/// A campaign's days in virtual time: the real rules, pacing and machines, on a simulated carrier, with leads in memory. One
/// thread, no clock, no I/O.
struct Simulation: ~Copyable {
    /// A call under way.
    struct Live {
        var attempt: Attempt
        let lead: Int32
        let record: Int
        var carrierCall = 0
        /// What the carrier tells of the call when it is asked behind its end.
        var over: PracticeCall?
    }

    let setup: SimulationSetup
    private(set) var book: LeadBook
    private(set) var names = DispositionNames()
    private(set) var decisions = 0
    private(set) var isExhausted = false
    /// Why the dialler would have had the campaign paused; nil: it did not.
    private(set) var pause: String?
    private var carrier: CarrierMachine
    private var dialler: DialMachine
    private var bucket: TokenBucket
    private var live: [String: Live] = [:]
    private var attemptOfCall: [Int: String] = [:]
    private var placed = 0
    private let outcomes: SimulatedOutcomes
    private let end: Int64
    private(set) var now: Int64
    private var nextLook: Int64
    /// A look could do more than the last one did: there was room for calls, or something has happened since.
    private var isLookWorth = true

    /// How often the dialler looks, as on a host.
    static let interval: Int64 = 250

    init(_ setup: SimulationSetup) {
        self.setup = setup
        now = setup.start.unixMilliseconds
        nextLook = now
        end = now + Int64(setup.days) * 86_400_000
        var population = SimulatedPopulation(seed: setup.seed)
        book = LeadBook(population.make(setup.leads, lists: setup.campaign.lists.count, at: now))
        carrier = CarrierMachine(setup.practice, seed: setup.seed)
        dialler = DialMachine(setup.campaign.pace)
        bucket = TokenBucket(at: setup.start)
        outcomes = SimulatedOutcomes(machines: setup.campaign.machines)
    }

    var time: Timestamp { Timestamp(unixMilliseconds: now) }
    var mostLive: Int { carrier.figures.mostLive }
    var overlapping: Int { carrier.figures.overlapping }

    /// How far it is, 0 to 1.
    var progress: Double { 1 - Double(max(0, end - now)) / Double(max(1, Int64(setup.days) * 86_400_000)) }

    /// Goes on to the next thing that happens; false: it is over.
    mutating func step() -> Bool {
        guard now < end, !isExhausted, pause == nil else { return false }
        for action in carrier.handle(.time, at: time) { take(action) }
        if now >= nextLook { look() }
        let next = min(nextNeed, carrier.nextDue.map(\.unixMilliseconds) ?? Int64.max)
        guard next < Int64.max else {
            isExhausted = book.isExhausted
            return false
        }
        now = min(max(now + 1, next), end)
        return true
    }

    /// When the dialler has something to do that the carrier does not tell of: leads to call, or a carrier to ask.
    private var nextNeed: Int64 {
        let leads = isLookWorth ? book.nextDue : nil
        let calls = dialler.nextLook?.unixMilliseconds
        guard let first = [leads, calls].compactMap(\.self).min() else { return Int64.max }
        return max(first, nextLook)
    }

    // MARK: The dialler

    private mutating func look() {
        var figures = DialFigures()
        figures.isRunning = true
        figures.places = setup.campaign.pace.concurrent
        figures.isExhausted = book.isExhausted && live.isEmpty
        nextLook = now + Self.interval
        let actions = dialler.handle(.tick(figures), at: time)
        isLookWorth = actions.contains { if case .claim = $0 { true } else { false } }
        follow(actions)
    }

    private mutating func follow(_ actions: [DialAction]) {
        for action in actions {
            switch action {
            case .claim(let limit, let rate): claim(limit, rate)
            case .place(let id): place(id)
            case .ask(let id): ask(id)
            case .callOff(let id):
                guard let call = live[id]?.carrierCall, call > 0 else { break }
                for action in carrier.handle(.end(call), at: time) { take(action) }
            case .giveBack(let id, _): tell(id, .absent(disposition: "canceled", reason: "given back"))
            case .pause(let reason): pause = reason
            case .complete: isExhausted = true
            }
        }
    }

    /// Tells the dialler what has happened.
    private mutating func tell(_ input: DialInput) {
        isLookWorth = true
        follow(dialler.handle(input, at: time))
    }

    /// Leads, as the store's claim gives them out.
    private mutating func claim(_ limit: Int, _ millicallsPerSecond: Int64) {
        bucket.refill(millicallsPerSecond, at: time)
        let budget = min(limit, bucket.calls, setup.campaign.pace.concurrent - book.liveCalls)
        var claims: [DialInput.Claim] = []
        var looked = 0
        while claims.count < budget, looked < LeadBook.lookAhead, let lead = book.next(at: now) {
            looked += 1
            if let claim = decide(lead) { claims.append(claim) }
        }
        bucket.take(claims.count)
        follow(dialler.handle(.claimed(claims), at: time))
    }

    private mutating func decide(_ index: Int32) -> DialInput.Claim? {
        decisions += 1
        let prospect = book.prospect(index, lists: setup.campaign.lists, names: names.all, at: now)
        let decision = setup.rules.decide(prospect, setup.campaign, at: time)
        guard decision.isAllowed else {
            putBack(index, decision)
            return nil
        }
        return call(index, prospect)
    }

    /// As the store's claim does: what time heals waits, whom somebody calls is left alone for half a minute, all else is over.
    private mutating func putBack(_ index: Int32, _ decision: Decision) {
        let lasting = decision.verdicts.contains { !$0.isAllowed && $0.until == nil && $0.rule != "live" }
        if lasting { return book.close(index) }
        let until = decision.verdicts.filter { !$0.isAllowed }.compactMap(\.until).max()
        book.wait(index, until: max(now + 1, until?.unixMilliseconds ?? now + 30_000))
    }

    private mutating func call(_ index: Int32, _ prospect: Prospect) -> DialInput.Claim {
        placed += 1
        let id = "att_\(placed)"
        let record = book.claim(index, at: now)
        let attempt = Attempt(
            id: id,
            campaign: setup.campaign.name,
            lead: prospect.lead.id,
            list: prospect.lead.list,
            number: prospect.number,
            callerID: setup.campaign.callerIDs[placed % setup.campaign.callerIDs.count],
            owner: "simulation",
            decision: .null,
            intendedAt: time,
            due: time
        )
        live[id] = Live(attempt: attempt, lead: index, record: record)
        return DialInput.Claim(id, latestStart: setup.rules.latestStart(prospect, setup.campaign, at: time))
    }

    // MARK: The carrier

    private mutating func place(_ id: String) {
        guard let call = live[id] else { return }
        let attempt = call.attempt
        var request = CallRequest(to: attempt.number, from: attempt.callerID)
        (request.timeout, request.events) = (Int(setup.campaign.rings), .all)
        (request.detection, request.detectsMeanwhile) = (.messageEnd, true)
        for action in carrier.handle(.place(request), at: time) { take(action, placing: id) }
    }

    private mutating func take(_ action: CarrierAction, placing id: String = "") {
        switch action {
        case .accepted(let number, let reply):
            attemptOfCall[number] = id
            live[id]?.carrierCall = number
            guard case .prompt = reply else {
                return tell(.refused(id, .unknown(reason: "no answer")))
            }
            tell(id, .placed(carrierCallID: "CA\(number)"))
            tell(.placed(id))
        case .refused(let refusal): refused(id, refusal)
        case .tell(let number, let news):
            guard let id = attemptOfCall[number] else { return }
            tell(
                id,
                .status(
                    news.status.rawValue,
                    carrierCallID: "CA\(number)",
                    sequence: Int64(news.sequence),
                    sipCode: news.sipCode.map(Int64.init),
                    answeredBy: news.answeredBy ?? ""
                )
            )
            tell(.status(id, news.status.rawValue))
        case .converse(let number): converse(number)
        case .detected(let number, let who, _): detected(number, who)
        case .over(let call): over(call)
        }
    }

    private mutating func refused(_ id: String, _ refusal: Carrier.Refusal) {
        switch refusal.status {
        case 429: tell(.refused(id, .congested(retryAfter: nil)))
        case 500...: tell(.refused(id, .unknown(reason: refusal.message)))
        default:
            tell(id, .absent(disposition: "invalid", reason: refusal.message))
            tell(.invalid(id))
        }
    }

    /// The carrier tells what it knows; what it has never heard of is absent.
    private mutating func ask(_ id: String) {
        guard let number = live[id]?.carrierCall, let call = live[id]?.over ?? carrier.calls[number] else {
            return tell(.absent(id))
        }
        tell(id, .status(call.status.rawValue, carrierCallID: "CA\(number)"))
        tell(.status(id, call.status.rawValue))
    }

    private mutating func converse(_ number: Int) {
        guard let id = attemptOfCall[number] else { return }
        tell(id, .begun(call: "call_\(number)"))
        tell(.talking(id))
    }

    private mutating func detected(_ number: Int, _ who: String) {
        guard let id = attemptOfCall[number] else { return }
        tell(id, .detected(who))
        let isMachine = who == "fax" || who.hasPrefix("machine")
        guard isMachine, setup.campaign.machines == .hangUp || who == "fax" else { return }
        for action in carrier.handle(.end(number), at: time) { take(action) }
    }

    private mutating func over(_ call: PracticeCall) {
        guard let id = attemptOfCall[call.number] else { return }
        live[id]?.over = call
        if let conclusion = outcomes.conclusion(of: call) {
            tell(id, .concluded(conclusion))
            tell(.concluded(id))
        }
    }

    // MARK: Outcomes

    private mutating func tell(_ id: String, _ fact: AttemptFact) {
        guard var call = live.removeValue(forKey: id) else { return }
        var machine = AttemptMachine(call.attempt)
        let outcome = machine.handle(fact, at: time)
        call.attempt = machine.attempt
        guard let outcome else {
            live[id] = call
            return
        }
        attemptOfCall[call.carrierCall] = nil
        settle(call, outcome)
        tell(.ended(id, outcome))
    }

    private mutating func settle(_ call: Live, _ outcome: AttemptOutcome) {
        let attempt = call.attempt
        let disposition = names.number(of: outcome.disposition)
        book.end(
            call.record,
            disposition: disposition,
            answered: attempt.answeredAt?.unixMilliseconds ?? 0,
            at: now
        )
        guard !attempt.wasNeverPlaced else { return takeBack(call.lead) }
        let wished = outcome.disposition == "callback" ? setup.wishedTime(behind: now, lead: call.lead) : 0
        book.change(call.lead) { lead in
            (lead.disposition, lead.callbackAt) = (disposition, wished)
        }
        if outcome.disposition == "do_not_call" { book.forbid(book.records[call.record].number) }
        let following = setup.rules.next(
            after: outcome.disposition,
            lead: book.lead(call.lead, lists: setup.campaign.lists, names: names.all),
            campaign: setup.campaign,
            past: book.past(before: call.record).map { names.all[Int($0)] },
            at: time
        )
        switch following {
        case .again(let time): book.wait(call.lead, until: max(now + 1, time.unixMilliseconds))
        case .nextNumber(let time):
            book.change(call.lead) { $0.turn &+= 1 }
            book.wait(call.lead, until: max(now + 1, time.unixMilliseconds))
        case .closed: book.close(call.lead)
        }
    }

    /// The carrier surely never heard of it: the lead is looked at again soon, as the host's book of attempts has it.
    private mutating func takeBack(_ index: Int32) {
        let lead = book.lead(index, lists: setup.campaign.lists, names: names.all)
        let soon = Timestamp(unixMilliseconds: now + 30_000)
        let open = setup.rules.opening(lead, number: lead.nextNumber, setup.campaign, from: soon) ?? soon
        book.change(index) { $0.attempts -= 1 }
        book.wait(index, until: open.unixMilliseconds)
    }
}

extension SimulationSetup {
    /// When somebody wants to be called back: the next day, some hours later or earlier.
    fileprivate func wishedTime(behind now: Int64, lead: Int32) -> Int64 {
        now + 86_400_000 + Int64(lead % 7 - 3) * 3_600_000
    }
}
