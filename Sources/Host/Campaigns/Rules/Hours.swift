import Core

/// When somebody may be called: in all zones that may be theirs, by all rules that may hold for them, and within the campaign's
/// windows.
///
/// Clocks are turned in the middle of it: what counts is what the clocks on the wall show at each moment.
struct Hours {
    let zones: [Zone]
    let laws: [Jurisdiction]
    /// The campaign's own; nil: whenever the law allows.
    let week: CalendarWeek?
    /// The zone is a guess.
    let isGuess: Bool

    /// What is safe where nobody knows the zone.
    static let guessed = 600..<1080
    private static let day: Int64 = 86_400_000
    private static let minute: Int64 = 60_000
    /// Longer than any year's worst row of closed days.
    private static let horizon = 400 * day

    /// A moment by the clocks of a zone.
    private struct Local {
        let day: CivilDay
        /// Behind midnight.
        let milliseconds: Int64
        var minute: Int { Int(milliseconds / 60_000) }

        init(_ moment: Timestamp, _ zone: Zone) {
            let local = moment.unixMilliseconds + Int64(zone.offset(at: moment)) * 1000
            let number = local >= 0 ? local / Hours.day : (local - Hours.day + 1) / Hours.day
            day = CivilDay(number: Int(number))
            milliseconds = local - number * Hours.day
        }
    }

    // MARK: Asking

    /// Windows are open in all zones; holidays do not count.
    func isOpen(at moment: Timestamp) -> Bool { zones.allSatisfy { isOpen(Local(moment, $0)) } }

    /// The holiday that some zone has; nil: none.
    func holiday(at moment: Timestamp) -> Holiday? {
        for zone in zones {
            if let holiday = holiday(on: Local(moment, zone).day) { return holiday }
        }
        return nil
    }

    /// Windows are open and there is no holiday, for that long without a break.
    func isFree(at moment: Timestamp, for length: Int64) -> Bool {
        guard isFree(at: moment) else { return false }
        // Windows begin and end on whole minutes.
        var next = (moment.unixMilliseconds / Self.minute + 1) * Self.minute
        while next < moment.unixMilliseconds + length {
            guard isFree(at: Timestamp(unixMilliseconds: next)) else { return false }
            next += Self.minute
        }
        return true
    }

    /// The first moment, not before this one, from which on it is free for so many milliseconds; nil: there is none in 400 days.
    func opening(from moment: Timestamp, for length: Int64) -> Timestamp? {
        let limit = moment.unixMilliseconds + Self.horizon
        var start = moment
        while start.unixMilliseconds < limit {
            guard let open = nextFree(from: start, limit) else { return nil }
            let end = nextBusy(from: open, within: length)
            if end.unixMilliseconds - open.unixMilliseconds >= length { return open }
            start = end
        }
        return nil
    }

    /// When the window that is open at a moment ends; at the most that many milliseconds later.
    func nextBusy(from moment: Timestamp, within length: Int64) -> Timestamp {
        let limit = Timestamp(unixMilliseconds: moment.unixMilliseconds + length)
        var next = moment
        while next < limit, isFree(at: next) {
            next = zones.map { edge(after: next, $0) }.min() ?? limit
        }
        return min(next, limit)
    }

    // MARK: Searching

    private func nextFree(from moment: Timestamp, _ limit: Int64) -> Timestamp? {
        var next = moment
        while next.unixMilliseconds < limit {
            guard let shut = zones.first(where: { !isFree(Local(next, $0)) }) else { return zones.isEmpty ? nil : next }
            next = edge(after: next, shut)
        }
        return nil
    }

    private func isFree(at moment: Timestamp) -> Bool { zones.allSatisfy { isFree(Local(moment, $0)) } }

    private func isFree(_ local: Local) -> Bool { isOpen(local) && holiday(on: local.day) == nil }

    private func isOpen(_ local: Local) -> Bool {
        let weekday = local.day.weekday
        let minute = local.minute
        if isGuess, !Self.guessed.contains(minute) { return false }
        if let week, !week.isOpen(weekday: weekday, minute: minute) { return false }
        return laws.allSatisfy { $0.week.isOpen(weekday: weekday, minute: minute) }
    }

    private func holiday(on day: CivilDay) -> Holiday? {
        for law in laws {
            for holiday in law.holidays where holiday.holds(on: day) { return holiday }
        }
        return nil
    }

    /// The next moment at which something may change in a zone: a window's edge, midnight, or a turned clock.
    private func edge(after moment: Timestamp, _ zone: Zone) -> Timestamp {
        let local = Local(moment, zone)
        let weekday = local.day.weekday
        var edge = laws.map { $0.week.edge(weekday: weekday, after: local.minute) }.min() ?? 1440
        if let week { edge = min(edge, week.edge(weekday: weekday, after: local.minute)) }
        if isGuess {
            for bound in [Self.guessed.lowerBound, Self.guessed.upperBound] where bound > local.minute {
                edge = min(edge, bound)
            }
        }
        let next = Timestamp(unixMilliseconds: moment.unixMilliseconds + Int64(edge) * Self.minute - local.milliseconds)
        let offset = zone.offset(at: moment)
        return zone.offset(at: next) == offset ? next : turn(of: zone, from: moment, to: next, offset)
    }

    /// When a zone's clocks are turned between two moments; they are not a day apart.
    private func turn(of zone: Zone, from start: Timestamp, to end: Timestamp, _ offset: Int) -> Timestamp {
        var (low, high) = (start.unixMilliseconds, end.unixMilliseconds)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if zone.offset(at: Timestamp(unixMilliseconds: middle)) == offset { low = middle } else { high = middle }
        }
        return Timestamp(unixMilliseconds: high)
    }
}
