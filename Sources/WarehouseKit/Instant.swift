/// A moment of civil time in UTC, to the millisecond, from the year 0 to 9999.
public struct Instant: Sendable, Comparable, CustomStringConvertible {
    public let unixMilliseconds: Int64

    public init(unixMilliseconds: Int64) { self.unixMilliseconds = unixMilliseconds }

    public static func < (left: Instant, right: Instant) -> Bool { left.unixMilliseconds < right.unixMilliseconds }

    /// Reads RFC 3339 (`2026-11-23T16:00:00.123Z`, `2026-11-23T17:00:00+01:00`), or a day (`2026-11-23`), which is its
    /// first moment in UTC; nil for anything else. What is finer than a millisecond is cut off.
    public init?(parsing text: String) {
        var rest = text.utf8[...]
        func number(_ digits: Int) -> Int64? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return part.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        func take(_ letters: String) -> Bool {
            guard let first = rest.first, letters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            (1...12).contains(month), (1...Self.length(of: month, year)).contains(day)
        else { return nil }
        var milliseconds = Self.days(year, month, day) * 86_400_000
        guard !rest.isEmpty else {
            unixMilliseconds = milliseconds
            return
        }
        guard take("Tt "), let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
            hour < 24, minute < 60, second < 60
        else { return nil }
        milliseconds += ((hour * 60 + minute) * 60 + second) * 1000
        if take(".") {
            let fraction = Array(rest.prefix { (48...57).contains($0) })
            guard (1...9).contains(fraction.count) else { return nil }
            rest = rest.dropFirst(fraction.count)
            milliseconds += (fraction + [48, 48]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        if !take("Zz") {
            let isEast = rest.first == UInt8(ascii: "+")
            guard take("+-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            milliseconds -= (isEast ? 1 : -1) * (hours * 60 + minutes) * 60_000
        }
        guard rest.isEmpty, Self.span.contains(milliseconds) else { return nil }
        unixMilliseconds = milliseconds
    }

    /// RFC 3339 with milliseconds, always 24 letters: texts sort as the moments do.
    public var description: String { written(separator: "T") + "Z" }

    /// As `2026-11-23 16:00:00.123`, for servers that want it so.
    public var spaced: String { written(separator: " ") }

    private static let span = days(0, 1, 1) * 86_400_000..<days(10_000, 1, 1) * 86_400_000

    private func written(separator: String) -> String {
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        var day = unixMilliseconds / 86_400_000
        var rest = unixMilliseconds % 86_400_000
        if rest < 0 { (day, rest) = (day - 1, rest + 86_400_000) }
        let (year, month, date) = Self.civil(day)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(date, 2) + separator
            + padded(rest / 3_600_000, 2) + ":" + padded(rest / 60_000 % 60, 2) + ":" + padded(rest / 1000 % 60, 2)
            + "."
            + padded(rest % 1000, 3)
    }

    private static func length(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Years begin in March here, so that the leap day is the last, and 400 of them are an era of 146,097 days.

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = (month <= 2 ? year - 1 : year) + 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468 - 146_097
    }

    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let day = day + 719_468 + 146_097
        let (era, ofEra) = day.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = (shifted + 2) % 12 + 1
        return (yearOfEra + era * 400 - 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
    }
}
