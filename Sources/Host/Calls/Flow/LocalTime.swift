import Glibc

/// A moment as a calendar and a clock on the wall show it: what "next Tuesday" is counted from.
public struct LocalTime: Sendable, Equatable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    public let day: Int
    public let hour: Int
    public let minute: Int

    public init(year: Int, month: Int, day: Int, hour: Int = 12, minute: Int = 0) {
        (self.year, self.month, self.day, self.hour, self.minute) = (year, month, day, hour, minute)
    }

    /// Now, in the host's time zone.
    public static func now() -> LocalTime {
        var (seconds, parts) = (time(nil), tm())
        localtime_r(&seconds, &parts)
        return LocalTime(
            year: Int(parts.tm_year) + 1900,
            month: Int(parts.tm_mon) + 1,
            day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min)
        )
    }

    /// 1 for Monday to 7 for Sunday.
    public var weekday: Int { Self.weekday(ofDays: days) }

    /// Days since 1970-01-01 in the Gregorian calendar: years are counted from March, so that the leap day ends one.
    var days: Int {
        let shifted = month <= 2 ? year - 1 : year
        let place = (month + 9) % 12
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (place * 306 + 5) / 10 + day - 719_469
    }

    static func weekday(ofDays days: Int) -> Int { ((days + 3) % 7 + 7) % 7 + 1 }

    /// `2026-05-05` for a number of days since 1970.
    static func date(ofDays days: Int) -> (year: Int, month: Int, day: Int) {
        // By the same count: the year is estimated and corrected.
        var year = 1970 + days / 366
        while LocalTime(year: year + 1, month: 1, day: 1).days <= days { year += 1 }
        var month = 1
        while month < 12, LocalTime(year: year, month: month + 1, day: 1).days <= days { month += 1 }
        return (year, month, days - LocalTime(year: year, month: month, day: 1).days + 1)
    }

    /// Whether there is such a day.
    static func exists(year: Int, month: Int, day: Int) -> Bool {
        guard (1...12).contains(month), (1...31).contains(day) else { return false }
        let found = date(ofDays: LocalTime(year: year, month: month, day: day).days)
        return found == (year, month, day)
    }
}
