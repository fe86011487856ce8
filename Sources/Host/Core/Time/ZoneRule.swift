/// What POSIX writes into TZ: `CET-1CEST,M3.5.0,M10.5.0/3`. Names do not matter here.
struct ZoneRule: Sendable {
    /// When summer time begins or ends, each year.
    private enum Turn: Sendable {
        /// The `week`th `weekday` of a month; 5 is the last one.
        case weekday(month: Int, week: Int, weekday: Int)
        /// The day of the year; `leaps`: the 29th of February counts.
        case day(Int, leaps: Bool)
    }

    private let standard: Int
    private let summer: (offset: Int, begin: (Turn, Int), end: (Turn, Int))?

    /// Nil for an empty text, and one that is none.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard Self.skipName(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else {
            summer = nil
            return
        }
        guard Self.skipName(&rest) else { return nil }
        var offset = standard + 3600
        if rest.first != UInt8(ascii: ",") {
            guard let west = Self.time(&rest) else { return nil }
            offset = -west
        }
        guard let begin = Self.turn(&rest), let end = Self.turn(&rest), rest.isEmpty else { return nil }
        summer = (offset, begin, end)
    }

    /// Seconds to add to UTC.
    func offset(at seconds: Int64) -> Int {
        guard let summer else { return standard }
        let local = seconds + Int64(standard)
        let year = CivilDay(number: Int(local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)).year
        let begin = Self.moment(summer.begin, year) - Int64(standard)
        let end = Self.moment(summer.end, year) - Int64(summer.offset)
        let isSummer = begin < end ? (begin..<end).contains(seconds) : !(end..<begin).contains(seconds)
        return isSummer ? summer.offset : standard
    }

    /// Seconds since 1970 on the clocks there.
    private static func moment(_ turn: (Turn, Int), _ year: Int) -> Int64 {
        let day: CivilDay
        switch turn.0 {
        case .weekday(let month, let week, let weekday):
            let first = CivilDay(year: year, month: month, day: 1)
            var number = first.number + (weekday - first.weekday + 7) % 7 + (week - 1) * 7
            let next =
                month == 12
                ? CivilDay(year: year + 1, month: 1, day: 1) : CivilDay(year: year, month: month + 1, day: 1)
            if number >= next.number { number -= 7 }
            day = CivilDay(number: number)
        case .day(let ordinal, let leaps):
            let january = CivilDay(year: year, month: 1, day: 1)
            if leaps {
                day = january.advanced(by: ordinal)
            } else {
                let isLeap = CivilDay(year: year, month: 3, day: 1).number - january.number == 60
                day = january.advanced(by: ordinal - 1 + (isLeap && ordinal > 59 ? 1 : 0))
            }
        }
        return Int64(day.number) * 86_400 + Int64(turn.1)
    }

    // MARK: Reading

    private static func skipName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let name = rest.prefix { (65...90).contains($0 & 0xDF) }
        rest = rest.dropFirst(name.count)
        return name.count >= 3
    }

    /// `[+-]h[:mm[:ss]]`, in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var sign = 1
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
            sign = rest.removeFirst() == UInt8(ascii: "-") ? -1 : 1
        }
        guard var value = number(&rest).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
            rest.removeFirst()
            guard let part = number(&rest) else { return nil }
            value += part * unit
        }
        return sign * value
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { (48...57).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.count > 4 ? nil : Int(String(decoding: digits, as: UTF8.self))
    }

    /// `,M3.5.0`, `,J60` or `,59`, with `/2` behind it.
    private static func turn(_ rest: inout ArraySlice<UInt8>) -> (Turn, Int)? {
        guard rest.popFirst() == UInt8(ascii: ",") else { return nil }
        let turn: Turn
        if rest.first == UInt8(ascii: "M") {
            rest.removeFirst()
            guard let month = number(&rest), rest.popFirst() == UInt8(ascii: "."), let week = number(&rest),
                rest.popFirst() == UInt8(ascii: "."), let weekday = number(&rest), (1...12).contains(month),
                (1...5).contains(week), weekday < 7
            else { return nil }
            turn = .weekday(month: month, week: week, weekday: weekday)
        } else {
            let leaps = rest.first != UInt8(ascii: "J")
            if !leaps { rest.removeFirst() }
            guard let ordinal = number(&rest), ordinal < 367 else { return nil }
            turn = .day(ordinal, leaps: leaps)
        }
        guard rest.first == UInt8(ascii: "/") else { return (turn, 7200) }
        rest.removeFirst()
        return time(&rest).map { (turn, $0) }
    }
}
