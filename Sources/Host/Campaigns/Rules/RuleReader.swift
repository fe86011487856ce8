import JSONKit
import Store

/// Reads windows, closed days and caps of a country or a region.
struct RuleReader {
    /// The country's, by name.
    let holidays: [String: Holiday]

    private static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    func rules(_ fields: Fields, label: String, within: CalendarWeek) throws(FieldError) -> Jurisdiction {
        _ = try fields.string("source")
        _ = try fields.bool("confirmed", default: false)
        _ = try fields.optionalString("note")
        let windows = try fields.objects("windows", default: [])
        guard !windows.isEmpty || within != .always else {
            throw fields.error(
                "windows",
                "is required: when may people be called? As in {\"from\": \"08:00\", \"until\": \"21:00\"}"
            )
        }
        var read: [CallingWindow] = []
        for window in windows { read.append(try Self.window(window)) }
        let week = windows.isEmpty ? within : CalendarWeek(read)
        guard !week.intersection(within).isEmpty else {
            throw fields.error("windows", "never open: they do not meet the country's; let them overlap")
        }
        var closed: [Holiday] = []
        for name in try fields.strings("closed", default: []) {
            guard let holiday = holidays[name] else {
                throw fields.error(
                    "closed",
                    "\"\(name)\" is no holiday of this file; holidays has \(Self.list(holidays.keys))"
                )
            }
            closed.append(holiday)
        }
        return Jurisdiction(label: label, week: week, holidays: closed, caps: try Self.caps(fields))
    }

    private static func list(_ names: some Collection<String>) -> String {
        names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
    }

    static func window(_ fields: Fields) throws(FieldError) -> CallingWindow {
        let names = try fields.strings("days", default: weekdays)
        var days: Set<Int> = []
        for name in names { days.insert(try weekday(name, fields, "days")) }
        guard !days.isEmpty else {
            throw fields.error("days", "is empty: the window never opens; leave it out for all days")
        }
        let (from, until) = (try minutes(fields, "from"), try minutes(fields, "until"))
        guard from < until else {
            throw fields.error(
                "until",
                "is not behind from: the window never opens; one over midnight is written as two"
            )
        }
        try fields.finish()
        return CallingWindow(weekdays: days, from: from, until: until)
    }

    private static func weekday(_ name: String, _ fields: Fields, _ member: String) throws(FieldError) -> Int {
        guard let number = weekdays.firstIndex(of: name) else {
            throw fields.error(member, "\"\(name)\" is no day; use \(weekdays.joined(separator: ", "))")
        }
        return number
    }

    /// `08:00` to `24:00`, in minutes.
    private static func minutes(_ fields: Fields, _ member: String) throws(FieldError) -> Int {
        let text = try fields.string(member)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hours = Int(parts[0]), let rest = Int(parts[1]),
            (0..<24).contains(hours) || (hours == 24 && rest == 0), (0..<60).contains(rest)
        {
            return hours * 60 + rest
        }
        throw fields.error(member, "is \"\(text)\"; use a time such as 08:00")
    }

    private static func caps(_ fields: Fields) throws(FieldError) -> [RegionCap] {
        guard let cap = try fields.optionalObject("cap") else { return [] }
        let attempts = try cap.int("attempts", in: 1...1000)
        let hours = try cap.int("within_hours", in: 1...Int(Prospect.numberMemory / 3_600_000))
        try cap.finish()
        return [RegionCap(attempts: attempts, hours: hours)]
    }

    // MARK: Holidays

    static func holidays(_ fields: Fields) throws(FieldError) -> [String: Holiday] {
        guard let listed = try fields.optionalObject("holidays") else { return [:] }
        var result: [String: Holiday] = [:]
        for name in listed.object.keys { result[name] = try holiday(name, listed.object(name)) }
        return result
    }

    private static func holiday(_ name: String, _ fields: Fields) throws(FieldError) -> Holiday {
        let word = try fields.string("observed", default: Holiday.Observed.sameDay.rawValue)
        guard let observed = Holiday.Observed(rawValue: word) else {
            let known = Holiday.Observed.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error("observed", "is \"\(word)\"; use \(known)")
        }
        let when: Holiday.When
        if let date = try fields.optionalString("date") {
            when = try self.date(date, fields)
        } else if let days = try fields.optionalInt("easter", in: -100...200) {
            when = .easter(days)
        } else {
            when = try weekdayOfMonth(fields)
        }
        try fields.finish()
        return Holiday(name: name, when: when, observed: observed)
    }

    private static func date(_ text: String, _ fields: Fields) throws(FieldError) -> Holiday.When {
        let parts = text.split(separator: "-").map(String.init)
        guard parts.count == 2, let month = Int(parts[0]), let day = Int(parts[1]), (1...12).contains(month),
            (1...[31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]).contains(day)
        else { throw fields.error("date", "is \"\(text)\"; use month and day, as in 12-25") }
        return .date(month: month, day: day)
    }

    private static func weekdayOfMonth(_ fields: Fields) throws(FieldError) -> Holiday.When {
        guard let month = try fields.optionalInt("month", in: 1...12) else {
            throw fields.error("date", "is required, or easter, or month with weekday")
        }
        let day = try weekday(fields.string("weekday"), fields, "weekday")
        let plus = try fields.int("plus", default: 0, in: 0...30)
        if let first = try fields.optionalInt("on_or_after", in: 1...25) {
            return .weekday(month: month, weekday: day, notBefore: first, plus: plus)
        }
        let nth = try fields.int("nth", in: -1...4)
        guard nth != 0, nth > 0 || plus == 0 else {
            throw fields.error("nth", "is \(nth); use 1 to 4, or -1 for the last one, which takes no plus")
        }
        if nth < 0 { return .last(month: month, weekday: day) }
        return .weekday(month: month, weekday: day, notBefore: nth * 7 - 6, plus: plus)
    }
}
