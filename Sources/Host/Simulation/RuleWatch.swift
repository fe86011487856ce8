import Campaigns
import Core

/// Looks at what was dialled, when all is over, and finds what should not have been. It is told nothing of the rules' code and
/// data: hours, states, caps and gaps are written down here once more, by hand and as slow as may be.
struct RuleWatch {
    struct Violation: Sendable, Equatable {
        let rule: String
        let attempt: Int
        let what: String
    }

    private let campaign: Campaign
    private let leads: [SimulatedLead]
    private let records: [DialRecord]
    private let names: [String]
    private let zones: [Zone]
    private(set) var violations: [Violation] = []
    /// Calls to a number while another call to it was under way.
    private(set) var duplicates = 0

    /// `names`: dispositions as the records number them.
    init(_ campaign: Campaign, _ leads: [SimulatedLead], _ records: [DialRecord], names: [String]) {
        (self.campaign, self.leads, self.records, self.names) = (campaign, leads, records, names)
        zones = AreaCode.all.map { Zone(named: $0.zone) ?? .utc }
    }

    mutating func judge() {
        for index in records.indices {
            checkPerson(index)
            checkHours(index)
        }
        for attempts in grouped(by: { UInt64(bitPattern: Int64($0.lead)) }) { checkLead(attempts) }
        for attempts in grouped(by: { $0.number }) { checkNumber(attempts) }
    }

    private mutating func note(_ rule: String, _ attempt: Int, _ what: String) {
        // A few examples are enough to find out what is wrong.
        violations.append(Violation(rule: rule, attempt: attempt, what: violations.count < 100 ? what : ""))
    }

    /// Attempts, in the order of time, of each lead or number.
    private func grouped(by key: (DialRecord) -> UInt64) -> [[Int]] {
        var groups: [UInt64: [Int]] = [:]
        for (index, record) in records.enumerated() { groups[key(record), default: []].append(index) }
        return Array(groups.values)
    }

    // MARK: Whom

    private mutating func checkPerson(_ index: Int) {
        let lead = leads[Int(records[index].lead)]
        if lead.isSuppressed { note("suppressed", index, "is on a do-not-call list") }
        let isMissing =
            switch campaign.consent {
            case .written: lead.consent != .written
            case .express: lead.consent == .none
            case .none: false
            }
        if isMissing { note("consent", index, "has given no consent that is enough") }
    }

    // MARK: When

    /// Minutes of the day between which a state's law lets people be called: from 47 CFR 64.1200(c)(1), and the states'
    /// stricter ones as publishers list them. Nil: not on that day.
    private func hours(_ state: String, weekday: Int) -> Range<Int>? {
        let isSunday = weekday == 0
        switch state {
        case "AL", "LA", "MS": return isSunday ? nil : 480..<1200
        case "FL", "MD", "OK", "MA": return 480..<1200
        case "CT": return 540..<1200
        case "KY": return 600..<1260
        case "RI": return isSunday || weekday == 6 ? 480..<1260 : 540..<1080
        default: return 480..<1260
        }
    }

    private mutating func checkHours(_ index: Int) {
        let record = records[index]
        let area = AreaCode.all[Int(leads[Int(record.lead)].area)]
        let zone = zones[Int(leads[Int(record.lead)].area)]
        // It may ring until then.
        for time in [record.at, record.at + 1000 * campaign.rings] {
            let local = time + 1000 * Int64(zone.offset(at: Timestamp(unixMilliseconds: time)))
            let (day, minute) = (local / 86_400_000, Int(local % 86_400_000 / 60_000))
            let weekday = Int((day + 4) % 7)
            if hours(area.state, weekday: weekday)?.contains(minute) != true {
                note("window", index, "\(area.state), weekday \(weekday), \(minute / 60):\(minute % 60)")
                return
            }
            let isOpen =
                campaign.windows.isEmpty
                || campaign.windows.contains { window in
                    window.weekdays.contains(weekday) && minute >= window.from && minute < window.until
                }
            if !isOpen {
                note("window", index, "the campaign's, weekday \(weekday), \(minute / 60):\(minute % 60)")
                return
            }
        }
    }

    // MARK: How often

    private func within(_ attempts: [Int], _ place: Int, hours: Int64) -> Int {
        attempts[0...place].count { records[attempts[place]].at - records[$0].at < hours * 3_600_000 }
    }

    private mutating func checkLead(_ attempts: [Int]) {
        let caps = campaign.caps
        if attempts.count > caps.perLead { note("cap.lead", attempts[caps.perLead], "\(attempts.count) attempts") }
        let state = AreaCode.all[Int(leads[Int(records[attempts[0]].lead)].area)].state
        for place in attempts.indices {
            let count = within(attempts, place, hours: 24)
            if count > caps.perLeadAndDay { note("cap.lead_day", attempts[place], "\(count) in 24 h") }
            if count > 3, ["FL", "MD", "OK"].contains(state) { note("cap.region_day", attempts[place], "\(state)") }
            guard place > 0 else { continue }
            let (before, now) = (records[attempts[place - 1]], records[attempts[place]])
            let name = names[Int(before.disposition)]
            if ["do_not_call", "not_interested", "sale", "completed"].contains(name) {
                note("closed", attempts[place], "behind \(name)")
            }
            if now.callback > now.at { note("callback", attempts[place], "before the time that was agreed on") }
            // As the campaign is written: its gap, or less where it gives a shorter wait for this outcome itself. A callback is at
            // its time.
            let gap = now.callback > 0 ? 0 : min(campaign.retries[name]?.waits.min() ?? caps.gap, caps.gap)
            if now.at - before.at < Int64(gap) * 60_000 {
                note("gap", attempts[place], "\((now.at - before.at) / 60_000) minutes behind \(name)")
            }
        }
    }

    private mutating func checkNumber(_ attempts: [Int]) {
        for place in attempts.indices {
            let count = within(attempts, place, hours: 24)
            if count > campaign.caps.perNumberAndDay { note("cap.number_day", attempts[place], "\(count) in 24 h") }
            guard place > 0 else { continue }
            let before = records[attempts[place - 1]]
            if before.over == 0 || before.over > records[attempts[place]].at {
                duplicates += 1
                note("live", attempts[place], "while another call to the number was under way")
            }
        }
    }
}
