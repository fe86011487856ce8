import Core

/// A day of the year on which nobody is called.
struct Holiday: Sendable, Equatable {
    enum When: Sendable, Equatable {
        case date(month: Int, day: Int)
        /// The first such weekday of a month that is not before a day of it, and so many days later.
        case weekday(month: Int, weekday: Int, notBefore: Int, plus: Int)
        /// The last such weekday of a month.
        case last(month: Int, weekday: Int)
        /// Days behind Easter Sunday of the western churches.
        case easter(Int)
    }

    /// On which day it is kept as well when it falls on a weekend.
    enum Observed: String, Sendable, CaseIterable {
        case sameDay = "same_day"
        /// The Monday behind the weekend.
        case monday
        /// Of a Saturday the Friday before, of a Sunday the Monday behind.
        case nearest
    }

    let name: String
    let when: When
    let observed: Observed

    /// Both the day itself and the one on which it is observed are kept: the stricter reading.
    func holds(on day: CivilDay) -> Bool {
        if falls(on: day) { return true }
        switch (observed, day.weekday) {
        case (.sameDay, _): return false
        case (.monday, 1): return falls(on: day.advanced(by: -1)) || falls(on: day.advanced(by: -2))
        case (.nearest, 1): return falls(on: day.advanced(by: -1))
        case (.nearest, 5): return falls(on: day.advanced(by: 1))
        default: return false
        }
    }

    private func falls(on day: CivilDay) -> Bool {
        switch when {
        case .date(let month, let number):
            let parts = day.parts
            return parts.month == month && parts.day == number
        case .weekday(let month, let weekday, let notBefore, let plus):
            let base = day.advanced(by: -plus)
            guard base.weekday == weekday else { return false }
            let parts = base.parts
            return parts.month == month && (notBefore..<notBefore + 7).contains(parts.day)
        case .last(let month, let weekday):
            return day.weekday == weekday && day.parts.month == month && day.advanced(by: 7).parts.month != month
        case .easter(let offset): return day.number == Self.easter(day.parts.year).number + offset
        }
    }

    /// Easter Sunday of the Gregorian calendar (Butcher's algorithm, in Meeus, Astronomical Algorithms, chapter 8).
    static func easter(_ year: Int) -> CivilDay {
        let (a, b, c) = (year % 19, year / 100, year % 100)
        let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30
        let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let sum = h + l - 7 * m + 114
        return CivilDay(year: year, month: sum / 31, day: sum % 31 + 1)
    }
}
