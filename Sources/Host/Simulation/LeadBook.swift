import Core
import Store

/// The leads of a simulation and every call to them, in memory, in the order in which a store gives leads out: callbacks that
/// are due first, then by priority, score and time.
struct LeadBook {
    private(set) var leads: [SimulatedLead]
    private(set) var records: [DialRecord] = []
    /// Numbers that nobody may call any more.
    private var forbidden: Set<UInt64> = []
    private var live: Set<UInt64> = []
    private var newest: [UInt64: Int32] = [:]
    /// By the time from which on they may be looked at, and those whose time has come, by their order.
    private var waiting = Heap()
    private var ripe = Heap()
    private(set) var closed = 0

    /// As many as a claim of the store looks at.
    static let lookAhead = 256

    init(_ leads: [SimulatedLead]) {
        self.leads = leads
        waiting.reserve(leads.count)
        for (index, lead) in leads.enumerated() { waiting.add(Int32(index), key: lead.nextAt) }
    }

    var liveCalls: Int { live.count }
    var isExhausted: Bool { closed == leads.count }
    /// When there is a lead to look at; nil: there is none.
    var nextDue: Int64? { ripe.first == nil ? waiting.first?.key : 0 }

    /// The next lead to be looked at, taken out: it is put back by `wait`, `claim` or `close`.
    mutating func next(at now: Int64) -> Int32? {
        var moved = 0
        while moved < Self.lookAhead, let first = waiting.first, first.key <= now {
            _ = waiting.pop()
            ripe.add(first.value, key: order(first.value))
            moved += 1
        }
        return ripe.pop()?.value
    }

    /// Lower ones first.
    private func order(_ index: Int32) -> Int64 {
        let lead = leads[Int(index)]
        let place = Int64(127 - lead.priority) << 51 | Int64(127 - lead.score) << 44
        return (lead.callbackAt > 0 ? 0 : 1 << 60 | place) | lead.nextAt
    }

    mutating func wait(_ index: Int32, until time: Int64) {
        (leads[Int(index)].nextAt, leads[Int(index)].state) = (time, .ready)
        waiting.add(index, key: time)
    }

    mutating func close(_ index: Int32) {
        leads[Int(index)].state = .closed
        closed += 1
    }

    mutating func forbid(_ number: UInt64) { forbidden.insert(number) }

    /// Notes that the lead is called; the record's place.
    mutating func claim(_ index: Int32, at now: Int64) -> Int {
        let lead = leads[Int(index)]
        let number = lead.nextNumber
        records.append(
            DialRecord(
                lead: index,
                number: number,
                at: now,
                beforeOfLead: lead.newest,
                beforeOfNumber: newest[number] ?? -1,
                callback: lead.callbackAt
            )
        )
        let record = records.count - 1
        (leads[Int(index)].state, leads[Int(index)].newest) = (.claimed, Int32(record))
        leads[Int(index)].attempts += 1
        newest[number] = Int32(record)
        live.insert(number)
        return record
    }

    /// Notes how a call went.
    mutating func end(_ record: Int, disposition: UInt8, answered: Int64, at now: Int64) {
        (records[record].over, records[record].disposition) = (now, disposition)
        records[record].answered = answered
        live.remove(records[record].number)
    }

    mutating func change(_ index: Int32, _ change: (inout SimulatedLead) -> Void) { change(&leads[Int(index)]) }

    // MARK: For the rules

    /// All that the rules look at.
    func prospect(_ index: Int32, lists: [String], names: [String], at now: Int64) -> Prospect {
        let simulated = leads[Int(index)]
        let number = Self.text(simulated.nextNumber)
        var prospect = Prospect(lead: lead(index, lists: lists, names: names), number: number)
        prospect.attempts = times(simulated.newest, since: 0) { $0.beforeOfLead }
        let last = newest[simulated.nextNumber] ?? -1
        prospect.numberAttempts = times(last, since: now - Prospect.numberMemory) { $0.beforeOfNumber }
        if simulated.isSuppressed || forbidden.contains(simulated.nextNumber) {
            prospect.suppression = Suppression(
                pattern: number,
                reason: "asked not to be called",
                made: Timestamp(unixMilliseconds: 0)
            )
        }
        prospect.isLive = live.contains(simulated.nextNumber)
        return prospect
    }

    /// The lead as the store would have it.
    func lead(_ index: Int32, lists: [String], names: [String]) -> Lead {
        let simulated = leads[Int(index)]
        let start = Timestamp(unixMilliseconds: 0)
        // Its name in a store is a digest, which would cost more than all rules together.
        let list = lists[Int(simulated.list)]
        var lead = Lead(id: "lead_\(index)", list: list, number: Self.text(simulated.number), made: start)
        if simulated.other != 0 { lead.numbers = [Self.text(simulated.other)] }
        switch simulated.consent {
        case .none: break
        case .express: lead.consent = Consent(.express, at: start, source: "simulated")
        case .written: lead.consent = Consent(.written, at: start, source: "simulated")
        }
        (lead.score, lead.priority) = (Int64(simulated.score), Int64(simulated.priority))
        (lead.attempts, lead.turn) = (Int64(simulated.attempts), Int64(simulated.turn))
        lead.state = simulated.state == .closed ? .closed : simulated.state == .claimed ? .claimed : .ready
        lead.disposition = names[Int(simulated.disposition)]
        lead.nextAt = Timestamp(unixMilliseconds: simulated.nextAt)
        if simulated.callbackAt > 0 { lead.callbackAt = Timestamp(unixMilliseconds: simulated.callbackAt) }
        if simulated.newest >= 0 {
            lead.lastAttemptAt = Timestamp(unixMilliseconds: records[Int(simulated.newest)].at)
        }
        return lead
    }

    /// What earlier attempts at the lead came to, the oldest first.
    func past(before record: Int) -> [UInt8] {
        var (found, next): ([UInt8], Int32) = ([], records[record].beforeOfLead)
        while next >= 0 {
            found.append(records[Int(next)].disposition)
            next = records[Int(next)].beforeOfLead
        }
        return found.reversed()
    }

    private func times(_ newest: Int32, since: Int64, _ before: (DialRecord) -> Int32) -> [Timestamp] {
        var (times, next): ([Timestamp], Int32) = ([], newest)
        while next >= 0, records[Int(next)].at >= since {
            times.append(Timestamp(unixMilliseconds: records[Int(next)].at))
            next = before(records[Int(next)])
        }
        return times.reversed()
    }

    static func text(_ number: UInt64) -> String { "+\(number)" }
}
