public import Core
import JSONKit
public import Store

extension RuleBook {
    /// Between the last moment at which it may ring and the end of the window: what the carrier may take to begin.
    static let margin: Int64 = 30_000

    /// How long a window must still be open when a call is placed, in milliseconds.
    static func need(_ campaign: Campaign) -> Int64 { campaign.rings * 1000 + margin }

    /// Whether a lead is called now, by every rule in a fixed order. What is doubtful is refused. Microseconds.
    public func decide(_ prospect: Prospect, _ campaign: Campaign, at: Timestamp) -> Decision {
        let place = place(prospect.lead, number: prospect.number, campaign)
        var verdicts: [Decision.Verdict] = []
        verdicts.reserveCapacity(13)
        verdicts.append(Self.state(prospect.lead))
        verdicts.append(Self.due(prospect.lead, at))
        verdicts.append(Self.callback(prospect.lead, at))
        verdicts.append(Self.consent(prospect.lead, campaign, at))
        verdicts.append(Self.suppressed(prospect, campaign))
        verdicts.append(Self.live(prospect))
        appendHours(place, campaign, at, &verdicts)
        appendCaps(prospect, place, campaign, at, &verdicts)
        verdicts.append(gap(prospect, campaign, at))
        return Decision(at: at, verdicts: verdicts, rules: place.laws.isEmpty ? version : place.label)
    }

    /// The last moment at which a call may be placed that is allowed now: it may ring until its window ends. At the most a day
    /// ahead. Nil: it is too late, or closed.
    public func latestStart(_ prospect: Prospect, _ campaign: Campaign, at: Timestamp) -> Timestamp? {
        let place = place(prospect.lead, number: prospect.number, campaign)
        guard place.problem.isEmpty else { return nil }
        let end = hours(place, campaign).nextBusy(from: at, within: 86_400_000)
        let latest = Timestamp(unixMilliseconds: end.unixMilliseconds - Self.need(campaign))
        return latest < at ? nil : latest
    }

    /// The first moment, not before this one, at which windows and holidays allow a call; nil: none within 400 days.
    public func opening(_ lead: Lead, number: String, _ campaign: Campaign, from: Timestamp) -> Timestamp? {
        let place = place(lead, number: number, campaign)
        guard place.problem.isEmpty else { return nil }
        return hours(place, campaign).opening(from: from, for: Self.need(campaign))
    }

    // MARK: The lead

    private static func state(_ lead: Lead) -> Decision.Verdict {
        switch lead.state {
        case .ready: Decision.Verdict("state", isAllowed: true, reason: "ready")
        case .claimed: Decision.Verdict("state", isAllowed: false, reason: "an attempt is under way")
        case .closed: Decision.Verdict("state", isAllowed: false, reason: "closed: \(lead.reason)")
        }
    }

    private static func due(_ lead: Lead, _ at: Timestamp) -> Decision.Verdict {
        guard lead.nextAt > at else { return Decision.Verdict("due", isAllowed: true, reason: "due") }
        return Decision.Verdict("due", isAllowed: false, until: lead.nextAt, reason: "not before its time")
    }

    private static func callback(_ lead: Lead, _ at: Timestamp) -> Decision.Verdict {
        guard let agreed = lead.callbackAt else {
            return Decision.Verdict("callback", isAllowed: true, reason: "none was agreed")
        }
        guard agreed > at else { return Decision.Verdict("callback", isAllowed: true, reason: "its time has come") }
        return Decision.Verdict("callback", isAllowed: false, until: agreed, reason: "was agreed for later")
    }

    private static func consent(_ lead: Lead, _ campaign: Campaign, _ at: Timestamp) -> Decision.Verdict {
        func refused(_ reason: String, until: Timestamp? = nil) -> Decision.Verdict {
            Decision.Verdict("consent", isAllowed: false, until: until, reason: reason)
        }
        guard campaign.consent != .none else {
            return Decision.Verdict("consent", isAllowed: true, reason: "the campaign needs none")
        }
        guard let consent = lead.consent else { return refused("none is on record") }
        guard consent.at <= at else { return refused("is dated in the future", until: consent.at) }
        guard campaign.consent == .express || consent.kind == .written else {
            return refused("is express; the campaign needs a written one")
        }
        return Decision.Verdict("consent", isAllowed: true, reason: consent.kind == .written ? "written" : "express")
    }

    private static func suppressed(_ prospect: Prospect, _ campaign: Campaign) -> Decision.Verdict {
        guard let suppression = prospect.suppression,
            suppression.campaign.isEmpty || suppression.campaign == campaign.name
        else { return Decision.Verdict("suppressed", isAllowed: true, reason: "on no list") }
        let scope = suppression.campaign.isEmpty ? "every campaign" : "this campaign"
        return Decision.Verdict(
            "suppressed",
            isAllowed: false,
            reason: "not to be called by \(scope): \(suppression.reason)"
        )
    }

    private static func live(_ prospect: Prospect) -> Decision.Verdict {
        prospect.isLive
            ? Decision.Verdict("live", isAllowed: false, reason: "the number is on the phone")
            : Decision.Verdict("live", isAllowed: true, reason: "nobody calls it")
    }

    // MARK: Hours

    private func appendHours(
        _ place: Place,
        _ campaign: Campaign,
        _ at: Timestamp,
        _ verdicts: inout [Decision.Verdict]
    ) {
        guard place.problem.isEmpty else {
            verdicts.append(Decision.Verdict("window", isAllowed: false, reason: place.problem))
            verdicts.append(Decision.Verdict("holiday", isAllowed: false, reason: "nobody knows the day there"))
            return
        }
        let hours = hours(place, campaign)
        let need = Self.need(campaign)
        let holiday = hours.holiday(at: at)
        let isOpen = hours.isOpen(at: at)
        if isOpen, holiday == nil, hours.isFree(at: at, for: need) {
            verdicts.append(Decision.Verdict("window", isAllowed: true, reason: "open by \(place.source)"))
            verdicts.append(Decision.Verdict("holiday", isAllowed: true, reason: "none"))
            return
        }
        let until = hours.opening(from: at, for: need)
        if isOpen, holiday != nil {
            verdicts.append(Decision.Verdict("window", isAllowed: true, reason: "open by \(place.source)"))
        } else {
            let reason = until == nil ? "never opens" : isOpen ? "closes before it has rung" : "closed"
            verdicts.append(
                Decision.Verdict("window", isAllowed: false, until: until, reason: "\(reason) by \(place.source)")
            )
        }
        if let holiday {
            verdicts.append(Decision.Verdict("holiday", isAllowed: false, until: until, reason: holiday.name))
        } else {
            verdicts.append(Decision.Verdict("holiday", isAllowed: true, reason: "none"))
        }
    }

    // MARK: Caps

    private static let dayHours = 24

    private func appendCaps(
        _ prospect: Prospect,
        _ place: Place,
        _ campaign: Campaign,
        _ at: Timestamp,
        _ verdicts: inout [Decision.Verdict]
    ) {
        let caps = campaign.caps
        let total = max(Int(prospect.lead.attempts), prospect.attempts.count)
        let reason = "\(total) of \(caps.perLead)"
        verdicts.append(Decision.Verdict("cap.lead", isAllowed: total < caps.perLead, reason: reason))
        verdicts.append(
            Self.cap(
                "cap.lead_day",
                prospect.attempts,
                RegionCap(attempts: caps.perLeadAndDay, hours: Self.dayHours),
                at
            )
        )
        verdicts.append(
            Self.cap(
                "cap.number_day",
                prospect.numberAttempts,
                RegionCap(attempts: caps.perNumberAndDay, hours: Self.dayHours),
                at
            )
        )
        verdicts.append(Self.regionCap(prospect, place, at))
    }

    /// So many attempts in so many hours, the oldest of which ends the wait.
    private static func cap(_ rule: String, _ attempts: [Timestamp], _ cap: RegionCap, _ at: Timestamp)
        -> Decision.Verdict
    {
        let span = Int64(cap.hours) * 3_600_000
        let start = at.unixMilliseconds - span
        var recent: [Int64] = []
        for attempt in attempts where attempt.unixMilliseconds > start { recent.append(attempt.unixMilliseconds) }
        let reason = "\(recent.count) of \(cap.attempts) in \(cap.hours) h"
        guard recent.count >= cap.attempts else { return Decision.Verdict(rule, isAllowed: true, reason: reason) }
        guard cap.attempts > 0 else { return Decision.Verdict(rule, isAllowed: false, reason: reason) }
        recent.sort()
        let until = Timestamp(unixMilliseconds: recent[recent.count - cap.attempts] + span)
        return Decision.Verdict(rule, isAllowed: false, until: until, reason: reason)
    }

    /// The law counts calls to a person: those at the lead, and those at the number.
    private static func regionCap(_ prospect: Prospect, _ place: Place, _ at: Timestamp) -> Decision.Verdict {
        let caps = place.laws.flatMap(\.caps)
        guard !caps.isEmpty else {
            guard place.problem.isEmpty else {
                return Decision.Verdict("cap.region_day", isAllowed: false, reason: "nobody knows the rules there")
            }
            return Decision.Verdict("cap.region_day", isAllowed: true, reason: "there is none")
        }
        var attempts = prospect.attempts
        for attempt in prospect.numberAttempts where !prospect.attempts.contains(attempt) { attempts.append(attempt) }
        let verdicts = caps.map { cap("cap.region_day", attempts, $0, at) }
        let refusals = verdicts.filter { !$0.isAllowed }
        return refusals.max { ($0.until ?? at) < ($1.until ?? at) } ?? verdicts[0]
    }

    /// Between two attempts at a lead; none when a callback was agreed.
    private func gap(_ prospect: Prospect, _ campaign: Campaign, _ at: Timestamp) -> Decision.Verdict {
        let lead = prospect.lead
        guard let last = [lead.lastAttemptAt, prospect.attempts.last].compactMap(\.self).max() else {
            return Decision.Verdict("gap", isAllowed: true, reason: "the first attempt")
        }
        if let agreed = lead.callbackAt, agreed > last {
            return Decision.Verdict("gap", isAllowed: true, reason: "a callback was agreed")
        }
        let until = Self.endOfGap(behind: last, lead.disposition, campaign)
        guard until > at else { return Decision.Verdict("gap", isAllowed: true, reason: "long enough ago") }
        return Decision.Verdict("gap", isAllowed: false, until: until, reason: "the last attempt was just now")
    }

    /// When a lead may be called again behind an attempt that came to `disposition`. The campaign's own retry rule for that may wait
    /// less than the campaign's gap; the book's rules wait for it.
    static func endOfGap(behind last: Timestamp, _ disposition: String, _ campaign: Campaign) -> Timestamp {
        let gap = min(campaign.caps.gap, campaign.retries[disposition]?.waits.min() ?? campaign.caps.gap)
        return Timestamp(unixMilliseconds: last.unixMilliseconds + Int64(gap) * 60_000)
    }
}
