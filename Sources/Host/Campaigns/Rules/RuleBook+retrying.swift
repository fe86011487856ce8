public import Core
public import Store

extension RuleBook {
    /// From so long a wait on, another part of the day is tried.
    private static let longWait = 240

    /// What follows an attempt, moved behind the gap and to where windows and holidays allow a call.
    ///
    /// `lead` is as it was before this attempt's outcome was written, except that `attempts` counts the attempt; `past` are the
    /// dispositions of its earlier attempts, the oldest first. Without them, all its attempts count as ended like this one.
    public func next(
        after disposition: String,
        lead: Lead,
        campaign: Campaign,
        past: [String]? = nil,
        at: Timestamp
    ) -> Retry {
        let kind = Disposition.named(disposition)
        if kind.isDoNotCall { return .closed(reason: disposition) }
        guard lead.attempts < campaign.caps.perLead || kind.isCallback else { return .closed(reason: "cap.lead") }
        if kind.isCallback, let agreed = lead.callbackAt {
            return moved(.again(at: max(agreed, at)), lead, campaign)
        }
        let rule = campaign.retries[disposition] ?? kind.retry
        let early = max(at, lead.lastAttemptAt.map { Self.endOfGap(behind: $0, disposition, campaign) } ?? at)
        if kind.isUnworkable { return unworkable(lead, campaign, past, rule, early) }
        guard !rule.waits.isEmpty else { return .closed(reason: disposition) }
        let times = past.map { $0.count { $0 == disposition } + 1 } ?? max(1, Int(lead.attempts))
        guard times < rule.maximum else {
            return hasUntried(lead) ? moved(.nextNumber(at: early), lead, campaign) : .closed(reason: "exhausted")
        }
        let row = past.map { $0.reversed().prefix { $0 == disposition }.count + 1 } ?? times
        let wait = rule.waits[min(row, rule.waits.count) - 1]
        let ready = max(early, Timestamp(unixMilliseconds: at.unixMilliseconds + Int64(wait) * 60_000))
        if rule.takesNextNumber, lead.allNumbers.count > 1 { return moved(.nextNumber(at: ready), lead, campaign) }
        let plain = moved(.again(at: ready), lead, campaign)
        guard kind.changesDayPart, wait >= Self.longWait, case .again(let open) = plain else { return plain }
        return .again(at: otherDayPart(open, than: at, lead, campaign) ?? open)
    }

    /// A number that reaches nobody is not tried again; the next one is as soon as the gap allows.
    private func unworkable(
        _ lead: Lead,
        _ campaign: Campaign,
        _ past: [String]?,
        _ rule: RetryRule,
        _ at: Timestamp
    ) -> Retry {
        let reachable = (past ?? []).contains { !Disposition.named($0).isUnworkable }
        guard rule.takesNextNumber, hasUntried(lead) || (reachable && lead.allNumbers.count > 1) else {
            return .closed(reason: "no_number")
        }
        return moved(.nextNumber(at: at), lead, campaign)
    }

    private func hasUntried(_ lead: Lead) -> Bool { Int(lead.turn) + 1 < lead.allNumbers.count }

    /// Moved into a window of the number that will be called.
    private func moved(_ retry: Retry, _ lead: Lead, _ campaign: Campaign) -> Retry {
        var later = lead
        switch retry {
        case .closed: return retry
        case .again(let at):
            guard let open = opening(lead, number: lead.nextNumber, campaign, from: at) else {
                return .closed(reason: "no_window")
            }
            return .again(at: open)
        case .nextNumber(let at):
            later.turn += 1
            guard let open = opening(later, number: later.nextNumber, campaign, from: at) else {
                return .closed(reason: "no_window")
            }
            return .nextNumber(at: open)
        }
    }

    /// The first opening in another part of the day than the attempt's; nil: windows know no other one.
    private func otherDayPart(_ open: Timestamp, than at: Timestamp, _ lead: Lead, _ campaign: Campaign) -> Timestamp? {
        let place = place(lead, number: lead.nextNumber, campaign)
        guard let zone = place.zones.first else { return nil }
        let tried = DayPart(at, zone)
        var moment = open
        for _ in 0..<4 {
            if DayPart(moment, zone) != tried { return moment }
            let next = DayPart.next(after: moment, zone)
            guard let later = opening(lead, number: lead.nextNumber, campaign, from: next) else { return nil }
            moment = later
        }
        return nil
    }
}
