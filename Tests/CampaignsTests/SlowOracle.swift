import Core
import JSONKit
import Store

/// The rules once more, written down as naively as they can be: every minute is looked at, every day is counted from 1970 on. It
/// shares nothing with the rule book but `Zone.offset`.
struct SlowOracle {
    struct Wall {
        var year = 1970
        var month = 1
        var day = 1
        var weekday = 4
        var minute = 0
    }

    /// What does not change between cases.
    private static let calendar: [(year: Int, month: Int, day: Int)] = {
        var days: [(year: Int, month: Int, day: Int)] = []
        var (year, month, day) = (1970, 1, 1)
        for _ in 0..<30_000 {
            days.append((year, month, day))
            day += 1
            if day > length(month, year) { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
        return days
    }()

    private let prefixes: [(prefix: String, zones: [String])]
    private let areas: [(area: String, owner: String)]
    private let codes: [(code: String, country: String, mobile: [String])]
    private var placeZones: [String: Set<String>] = [:]
    var rules: [String: RandomRules] = [:]

    init(numbers: JSON) {
        func words(_ json: JSON?) -> [String] { (json?.string ?? "").split(separator: " ").map(String.init) }
        func members(_ name: String) -> [(key: String, value: JSON)] { numbers[name]?.object?.members ?? [] }
        prefixes = members("zones").flatMap { member in
            words(member.value).map { ($0, member.key.split(separator: " ").map(String.init)) }
        }
        areas = members("areas").flatMap { member in words(member.value).map { ($0, member.key) } }
        codes = members("countries").filter { $0.value["main"] == true }
            .map { ($0.value["code"]?.string ?? "", $0.key, words($0.value["mobile"])) }
        for (prefix, zones) in prefixes where prefix != "1" {
            guard let owner = owner("+" + prefix) else { continue }
            for place in owner.regions + [owner.country] { placeZones[place, default: []].formUnion(zones) }
        }
    }

    static func length(_ month: Int, _ year: Int) -> Int {
        if month == 2 { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    // MARK: Where

    /// Who the number belongs to: nothing, or a country and its regions; the country is empty where it may be several.
    func owner(_ number: String) -> (country: String, regions: [String])? {
        let digits = String(number.dropFirst())
        if digits.hasPrefix("1") {
            let owners = areas.filter { digits.dropFirst().hasPrefix($0.area) }.map(\.owner)
            guard let first = owners.first else { return ("", []) }
            return first.contains("-") ? (String(first.prefix(2)), owners) : (first, [])
        }
        let match = codes.filter { digits.hasPrefix($0.code) }.max { $0.code.count < $1.code.count }
        return match.map { ($0.country, []) }
    }

    func zonesOfPrefix(_ number: String) -> [String]? {
        // Countries of several zones: a mobile number says nothing.
        for (code, country, mobile) in codes where mobile.contains(where: { number.hasPrefix("+" + code + $0) }) {
            if zones(of: country).count > 1 { return nil }
        }
        return prefixes.filter { number.dropFirst().hasPrefix($0.prefix) }.max { $0.prefix.count < $1.prefix.count }
            .flatMap { $0.zones.count == 1 || $0.prefix.count > 3 ? $0.zones : nil }
    }

    /// All zones that some prefix of a country or region has.
    func zones(of place: String) -> [String] { (placeZones[place] ?? []).sorted() }

    func parts(_ country: String, _ regions: [String]) -> [RandomRules.Part]? {
        guard let rules = rules[country] ?? rules["*"] else { return nil }
        guard rules.country == country else { return [rules.base] }
        if regions.isEmpty { return [rules.base] + rules.regions.values }
        return [rules.base] + regions.compactMap { rules.regions[$0] }
    }

    // MARK: When

    func wall(_ moment: Timestamp, _ zone: Zone) -> Wall {
        let minutes = (Int(moment.unixMilliseconds) + zone.offset(at: moment) * 1000) / 60_000
        let date = Self.calendar[minutes / 1440]
        return Wall(
            year: date.year,
            month: date.month,
            day: date.day,
            weekday: (minutes / 1440 + 4) % 7,
            minute: minutes % 1440
        )
    }

    func isOpen(_ wall: Wall, _ windows: [RandomRules.Window]) -> Bool {
        for window in windows where window.days.contains(wall.weekday) {
            if wall.minute >= window.from && wall.minute < window.until { return true }
        }
        return windows.isEmpty
    }

    func isClosed(_ wall: Wall, _ holiday: RandomRules.Holiday) -> Bool {
        if isDay(wall, holiday.day) { return true }
        let (one, two) = (step(wall, -1), step(wall, -2))
        if holiday.observed == "monday", wall.weekday == 1 { return isDay(one, holiday.day) || isDay(two, holiday.day) }
        if holiday.observed == "nearest", wall.weekday == 1 { return isDay(one, holiday.day) }
        if holiday.observed == "nearest", wall.weekday == 5 { return isDay(step(wall, 1), holiday.day) }
        return false
    }

    private func step(_ wall: Wall, _ days: Int) -> Wall {
        var wall = wall
        wall.weekday = (wall.weekday + days + 7) % 7
        wall.day += days
        if wall.day < 1 {
            wall.month -= 1
            if wall.month < 1 { (wall.month, wall.year) = (12, wall.year - 1) }
            wall.day += Self.length(wall.month, wall.year)
        } else if wall.day > Self.length(wall.month, wall.year) {
            wall.day -= Self.length(wall.month, wall.year)
            wall.month += 1
            if wall.month > 12 { (wall.month, wall.year) = (1, wall.year + 1) }
        }
        return wall
    }

    private func isDay(_ wall: Wall, _ day: RandomRules.Day) -> Bool {
        switch day {
        case .date(let month, let number): return wall.month == month && wall.day == number
        case .nth(let month, let weekday, let nth, let plus):
            let base = (0..<plus).reduce(wall) { wall, _ in step(wall, -1) }
            guard base.month == month, base.weekday == weekday else { return false }
            var count = 1
            var day = base.day
            while day > 7 { (day, count) = (day - 7, count + 1) }
            return count == nth
        case .last(let month, let weekday):
            return wall.month == month && wall.weekday == weekday
                && wall.day > Self.length(wall.month, wall.year) - 7
        case .easter(let offset):
            let easter = Self.easter[wall.year] ?? (1, 1)
            var day = Wall(year: wall.year, month: easter.0, day: easter.1, weekday: 0, minute: 0)
            for _ in 0..<abs(offset) { day = step(day, offset < 0 ? -1 : 1) }
            return day.month == wall.month && day.day == wall.day
        }
    }

    /// From a printed calendar.
    private static let easter: [Int: (Int, Int)] = [
        2020: (4, 12), 2021: (4, 4), 2022: (4, 17), 2023: (4, 9), 2024: (3, 31), 2025: (4, 20), 2026: (4, 5),
        2027: (3, 28),
        2028: (4, 16), 2029: (4, 1), 2030: (4, 21), 2031: (4, 13), 2032: (3, 28), 2033: (4, 17), 2034: (4, 9),
        2035: (3, 25),
        2036: (4, 13),
    ]
}
