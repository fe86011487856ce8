/// Days and hours as callers say them, in English, counted from a day: "next Tuesday", "the fifth of May", "half past two".
enum SpokenDates {
    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    /// `2026-05-05`, never in the past; nil: there is no day in it.
    static func date(_ words: [String], today: LocalTime) -> String? {
        days(words, today: today).map(iso)
    }

    static func iso(_ days: Int) -> String {
        let date = LocalTime.date(ofDays: days)
        return "\(date.year)-\(padded(date.month))-\(padded(date.day))"
    }

    private static func days(_ words: [String], today: LocalTime) -> Int? {
        for index in words.indices {
            let rest = words[index...]
            switch words[index] {
            case "today": return today.days
            case "tomorrow": return today.days + (index > 0 && words[index - 1] == "after" ? 2 : 1)
            default: break
            }
            if let found = written(words[index], today) { return found }
            // "The thirty first of February" is no day, and not the first of February either.
            if let found = ofMonth(rest, today) { return found.days }
            if let found = relative(rest, today) { return found }
        }
        for index in words.indices {
            guard let weekday = weekday(words[index]) else { continue }
            let ahead = (weekday - today.weekday + 7) % 7
            let isNext = index > 0 && words[index - 1] == "next"
            // "Next Tuesday" on a Monday is eight days away; "Tuesday" is tomorrow.
            return today.days + (ahead == 0 ? 7 : ahead) + (isNext && ahead > 0 && ahead < 3 ? 7 : 0)
        }
        return nil
    }

    /// A day of a month was said; nil days: there is no such day.
    private struct Place { let days: Int? }

    private static func weekday(_ word: String) -> Int? {
        let name = word.hasSuffix("s") ? String(word.dropLast()) : word
        guard name.count >= 3 else { return nil }
        let found =
            weekdays.firstIndex(of: name)
            ?? weekdays.firstIndex { name.count <= 5 && $0.hasPrefix(name) && name != "mon" || $0 == name }
        return found.map { $0 + 1 }
    }

    /// `2026-05-05` or `5/5` is left to text: only the unambiguous form counts.
    private static func written(_ word: String, _ today: LocalTime) -> Int? {
        let parts = word.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, parts[0] > 1900, LocalTime.exists(year: parts[0], month: parts[1], day: parts[2]) else {
            return nil
        }
        return LocalTime(year: parts[0], month: parts[1], day: parts[2]).days
    }

    /// "fifth of May", "May the fifth", "May 5", "the fifth".
    private static func ofMonth(_ words: ArraySlice<String>, _ today: LocalTime) -> Place? {
        if let month = month(words.first) {
            let rest = words.dropFirst(words.dropFirst().first == "the" ? 2 : 1)
            guard let day = day(rest) else { return nil }
            return Place(days: coming(month: month, day: day.value, today))
        }
        guard let day = SpokenNumbers.ordinal(words) ?? (words.count > 1 ? day(words) : nil) else { return nil }
        let rest = words.dropFirst(day.words)
        if let month = month(rest.first == "of" ? rest.dropFirst().first : rest.first) {
            return Place(days: coming(month: month, day: day.value, today))
        }
        guard SpokenNumbers.ordinal(words) != nil else { return nil }
        // The next day of that number.
        for month in today.month...today.month + 12 {
            let (year, month) = (today.year + (month - 1) / 12, (month - 1) % 12 + 1)
            guard LocalTime.exists(year: year, month: month, day: day.value) else { continue }
            let days = LocalTime(year: year, month: month, day: day.value).days
            if days >= today.days { return Place(days: days) }
        }
        return Place(days: nil)
    }

    private static func month(_ word: String?) -> Int? {
        guard let word, word.count >= 3 else { return nil }
        return
            (months.firstIndex(of: word)
            ?? months.firstIndex { word != "mar" && word != "may" && word.count <= 4 && $0.hasPrefix(word) })
            .map { $0 + 1 }
    }

    private static func day(_ words: ArraySlice<String>) -> (value: Int, words: Int)? {
        if let ordinal = SpokenNumbers.ordinal(words) { return ordinal }
        guard let number = SpokenNumbers.number(words), (1...31).contains(number.value),
            number.value == number.value.rounded()
        else { return nil }
        return (Int(number.value), number.words)
    }

    private static func coming(month: Int, day: Int, _ today: LocalTime) -> Int? {
        for year in today.year...today.year + 4 where LocalTime.exists(year: year, month: month, day: day) {
            let days = LocalTime(year: year, month: month, day: day).days
            if days >= today.days { return days }
        }
        return nil
    }

    /// "in two weeks", "three days from now".
    private static func relative(_ words: ArraySlice<String>, _ today: LocalTime) -> Int? {
        var words = words
        let begins = words.first == "in"
        if begins { words = words.dropFirst() }
        var count = SpokenNumbers.number(words)
        if count == nil, ["a", "one"].contains(words.first) { count = (1, 1) }
        guard let count, count.value <= 366 else { return nil }
        let rest = Array(words.dropFirst(count.words))
        guard let unit = rest.first, begins || rest.dropFirst().prefix(2) == ["from", "now"] else { return nil }
        switch unit {
        case "day", "days": return today.days + Int(count.value)
        case "week", "weeks": return today.days + 7 * Int(count.value)
        default: return nil
        }
    }

    // MARK: Times

    /// `14:30`; nil: there is no time of day in it.
    static func time(_ words: [String]) -> String? {
        for index in words.indices {
            let rest = words[index...]
            if words[index] == "noon" || words[index] == "midday" { return "12:00" }
            if words[index] == "midnight" { return "00:00" }
            if let found = past(rest) ?? clock(rest) {
                return "\(padded(found.hour)):\(padded(found.minute))"
            }
        }
        return nil
    }

    /// "half past two", "quarter to three", "ten past four".
    private static func past(_ words: ArraySlice<String>) -> (hour: Int, minute: Int)? {
        var words = words
        if words.first == "a" { words = words.dropFirst() }
        let minutes: (value: Int, words: Int)?
        switch words.first {
        case "half": minutes = (30, 1)
        case "quarter": minutes = (15, 1)
        default: minutes = SpokenNumbers.number(words).flatMap { $0.value < 60 ? (Int($0.value), $0.words) : nil }
        }
        guard let minutes else { return nil }
        let rest = words.dropFirst(minutes.words)
        guard let side = rest.first, side == "past" || side == "to", let hour = SpokenNumbers.number(rest.dropFirst()),
            (1...12).contains(hour.value)
        else { return nil }
        let base = half(Int(hour.value), rest.dropFirst(1 + hour.words))
        return side == "past" ? (base, minutes.value) : ((base + 23) % 24, 60 - minutes.value)
    }

    /// "ten thirty", "10:30", "ten o'clock", "three pm", "at nine".
    private static func clock(_ words: ArraySlice<String>) -> (hour: Int, minute: Int)? {
        guard let first = words.first else { return nil }
        let parts = first.split(separator: ":").compactMap { Int($0) }
        if parts.count == 2, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]) {
            return (half(parts[0], words.dropFirst()), parts[1])
        }
        let isNamed = first == "at"
        let words = isNamed ? words.dropFirst() : words
        guard let hour = hour(words) else { return nil }
        var rest = words.dropFirst(hour.words)
        var minute = 0
        if let found = SpokenNumbers.number(rest), (10..<60).contains(found.value) {
            (minute, rest) = (Int(found.value), rest.dropFirst(found.words))
        }
        let isMarked = ["o'clock", "oclock", "am", "pm", "a", "p", "in"].contains(rest.first ?? "") || minute > 0
        guard isNamed || isMarked else { return nil }
        if rest.first == "o'clock" || rest.first == "oclock" { rest = rest.dropFirst() }
        return (half(hour.value, rest), minute)
    }

    /// One word that is an hour: "ten thirty" must not become forty.
    private static func hour(_ words: ArraySlice<String>) -> (value: Int, words: Int)? {
        guard let found = SpokenNumbers.number(words.prefix(1)), (0..<24).contains(found.value),
            found.value == found.value.rounded()
        else { return nil }
        return (Int(found.value), 1)
    }

    /// Which half of the day: as said, else business hours.
    private static func half(_ hour: Int, _ rest: ArraySlice<String>) -> Int {
        let mark = rest.prefix(3).joined(separator: " ")
        if mark.hasPrefix("pm") || mark.hasPrefix("p m") || mark.hasPrefix("in the afternoon")
            || mark.hasPrefix("in the evening")
        {
            return hour < 12 ? hour + 12 : hour
        }
        if mark.hasPrefix("am") || mark.hasPrefix("a m") || mark.hasPrefix("in the morning") { return hour % 12 }
        return (1...6).contains(hour) ? hour + 12 : hour
    }

    static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// For saying: "Tuesday the 5th of May".
    static func spoken(_ iso: String) -> String {
        let parts = iso.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, LocalTime.exists(year: parts[0], month: parts[1], day: parts[2]) else { return iso }
        let date = LocalTime(year: parts[0], month: parts[1], day: parts[2])
        let suffix =
            (11...13).contains(date.day)
            ? "th" : ["th", "st", "nd", "rd"].count > date.day % 10 ? ["th", "st", "nd", "rd"][date.day % 10] : "th"
        return
            "\(weekdays[date.weekday - 1].capitalised) the \(date.day)\(suffix) of \(months[date.month - 1].capitalised)"
    }
}

extension String {
    var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
