/// The law somewhere: a country's rules and those of one or several of its regions, put together so that all hold.
struct Jurisdiction: Sendable {
    /// Where, and of which date the rules are, as in `US-FL 2026-11-25`.
    let label: String
    let week: CalendarWeek
    let holidays: [Holiday]
    let caps: [RegionCap]

    init(label: String, week: CalendarWeek, holidays: [Holiday], caps: [RegionCap]) {
        (self.label, self.week, self.caps) = (label, week, caps)
        var kept: [Holiday] = []
        for holiday in holidays where !kept.contains(holiday) { kept.append(holiday) }
        self.holidays = kept
    }

    /// Whichever of these it is, its rules hold.
    init(label: String, all: [Jurisdiction]) {
        self.init(
            label: label,
            week: all.reduce(.always) { $0.intersection($1.week) },
            holidays: all.flatMap(\.holidays),
            caps: all.flatMap(\.caps)
        )
    }
}
