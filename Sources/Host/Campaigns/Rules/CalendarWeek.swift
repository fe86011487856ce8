/// The hours of a week in which calls may be made, by the clocks of the one who is called.
struct CalendarWeek: Sendable, Equatable {
    /// Minutes behind midnight by weekday, 0: Sunday; in order, and apart from each other.
    private(set) var days: [[Range<Int>]]

    static let always = CalendarWeek(days: Array(repeating: [0..<1440], count: 7))

    private init(days: [[Range<Int>]]) { self.days = days }

    /// Where windows overlap or touch, they are one.
    init(_ windows: [CallingWindow]) {
        days = (0..<7).map { weekday in
            var ranges: [Range<Int>] = []
            for window in windows.filter({ $0.weekdays.contains(weekday) }).sorted(by: { $0.from < $1.from }) {
                let from = max(0, window.from)
                let until = min(1440, window.until)
                guard from < until else { continue }
                if let last = ranges.last, last.upperBound >= from {
                    ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, until)
                } else {
                    ranges.append(from..<until)
                }
            }
            return ranges
        }
    }

    func intersection(_ other: CalendarWeek) -> CalendarWeek {
        CalendarWeek(
            days: (0..<7).map { weekday in
                days[weekday].flatMap { range in other.days[weekday].map { range.clamped(to: $0) } }
                    .filter { !$0.isEmpty }
            }
        )
    }

    /// It is never open.
    var isEmpty: Bool { days.allSatisfy(\.isEmpty) }

    func isOpen(weekday: Int, minute: Int) -> Bool {
        for range in days[weekday] where range.contains(minute) { return true }
        return false
    }

    /// The next beginning or end of a window on this day behind a minute; 1440 where there is none.
    func edge(weekday: Int, after minute: Int) -> Int {
        for range in days[weekday] {
            if range.lowerBound > minute { return range.lowerBound }
            if range.upperBound > minute { return range.upperBound }
        }
        return 1440
    }
}
