/// A moment of the calendar, to the millisecond.
public struct UTCTime: Sendable, Comparable, CustomStringConvertible {
    public let unixMilliseconds: Int64

    public init(unixMilliseconds: Int64) { self.unixMilliseconds = unixMilliseconds }

    /// Reads RFC 3339 and its relative with `+0000`: `2026-01-01T10:00:00.000Z`, `2026-01-01T10:00:00+01:00`; or
    /// milliseconds since 1970. Nil for a text that is none.
    public init?(_ text: String) {
        if let milliseconds = Int64(text), text.utf8.count >= 9 {
            self.init(unixMilliseconds: milliseconds)
            return
        }
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return Int(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month),
            (1...31).contains(day), (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second),
            [4, 7].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }), bytes[10] | 32 == UInt8(ascii: "t")
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0.0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty, let value = Double("0." + String(decoding: digits, as: UTF8.self)) else {
                return nil
            }
            fraction = value
            rest = rest[digits.endIndex...]
        }
        guard let offset = Self.offset(String(decoding: rest, as: UTF8.self)) else { return nil }
        let seconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(unixMilliseconds: Int64(seconds) * 1000 + Int64((fraction * 1000).rounded()))
    }

    /// Seconds east of Greenwich.
    private static func offset(_ zone: String) -> Int? {
        if zone == "Z" || zone == "z" { return 0 }
        let digits = zone.dropFirst().filter { $0 != ":" }
        guard zone.hasPrefix("+") || zone.hasPrefix("-"), digits.count == 4, let number = Int(digits) else {
            return nil
        }
        return (zone.hasPrefix("-") ? -1 : 1) * (number / 100 * 3600 + number % 100 * 60)
    }

    public static func < (left: Self, right: Self) -> Bool { left.unixMilliseconds < right.unixMilliseconds }

    /// `2026-01-01T10:00:00.000Z`.
    public var description: String {
        let seconds = Int((Double(unixMilliseconds) / 1000).rounded(.down))
        let rest = Int(unixMilliseconds) - seconds * 1000
        let part = "\(1000 + rest)".dropFirst()
        let day = Self.date(unixSeconds: seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let ofDay = seconds - Int((Double(seconds) / 86_400).rounded(.down)) * 86_400
        return "\(day.year)-\(two(day.month))-\(two(day.day))"
            + "T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60)).\(part)Z"
    }

    /// Days between 1970 and a date of the Gregorian calendar, counted with years that begin in March.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month < 3 ? year - 1 : year
        let place = (month + 9) % 12
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (place * 306 + 5) / 10 + day - 1
        return days - 719_468
    }

    /// The date of a moment since 1970.
    static func date(unixSeconds: Int) -> (year: Int, month: Int, day: Int) {
        // Days since the first of March of the year 0, in eras of 400 years (the Gregorian calendar repeats after them).
        let days = unixSeconds / 86400 + 719_468
        let (era, day) = (days / 146_097, days % 146_097)
        let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (era * 400 + year + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
    }
}
