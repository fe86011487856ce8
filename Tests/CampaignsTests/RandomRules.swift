/// A country's rules, drawn at random: as a file for the rule book, and as plain values for the oracle.
struct RandomRules {
    struct Window {
        var days: [Int]
        var from: Int
        var until: Int
    }

    /// Month and day, weekday of month counted from its first, or days behind Easter.
    enum Day {
        case date(Int, Int)
        case nth(month: Int, weekday: Int, nth: Int, plus: Int)
        case last(month: Int, weekday: Int)
        case easter(Int)
    }

    struct Holiday {
        var name: String
        var day: Day
        var observed: String
    }

    struct Part {
        var windows: [Window]
        var closed: [Holiday] = []
        var cap: (attempts: Int, hours: Int)?
    }

    static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    let country: String
    var base: Part
    var regions: [String: Part] = [:]
    private var holidays: [Holiday] = []

    init(_ country: String, regions names: [String], _ dice: inout Dice) {
        self.country = country
        for index in 0..<dice.roll(0...4) { holidays.append(Self.holiday("day\(index)", &dice)) }
        base = Self.part(holidays, &dice)
        if base.windows.isEmpty { base.windows = [Window(days: Array(0...6), from: 480, until: 1260)] }
        for name in names where dice.percent(60) { regions[name] = Self.part(holidays, &dice) }
    }

    private static func part(_ holidays: [Holiday], _ dice: inout Dice) -> Part {
        var part = Part(windows: [])
        for _ in 0..<dice.roll(0...3) {
            let from = dice.percent(50) ? dice.roll(0...200) : dice.roll(0...1000)
            let until = dice.percent(40) ? 1440 : dice.roll(from + 1...1440)
            let days = dice.percent(40) ? Array(0...6) : (0...6).filter { _ in dice.percent(70) }
            if !days.isEmpty { part.windows.append(Window(days: days, from: from, until: until)) }
        }
        part.closed = holidays.filter { _ in dice.percent(50) }
        if dice.percent(40) { part.cap = (dice.roll(1...3), dice.pick([1, 24, 30, 48])) }
        return part
    }

    private static func holiday(_ name: String, _ dice: inout Dice) -> Holiday {
        let day: Day
        switch dice.roll(0...3) {
        case 0: day = .date(dice.roll(1...12), dice.roll(1...28))
        case 1:
            day = .nth(
                month: dice.roll(1...12),
                weekday: dice.roll(0...6),
                nth: dice.roll(1...4),
                plus: dice.roll(0...2)
            )
        case 2: day = .last(month: dice.roll(1...12), weekday: dice.roll(0...6))
        default: day = .easter(dice.roll(-50...60))
        }
        return Holiday(name: name, day: day, observed: dice.pick(["same_day", "monday", "nearest"]))
    }

    // MARK: As a file

    var text: String {
        let days = holidays.map { "\"\($0.name)\": \(Self.text($0))" }.joined(separator: ", ")
        let parts = regions.sorted { $0.key < $1.key }.map { "\"\($0.key)\": {\(Self.text($0.value))}" }.joined(
            separator: ", "
        )
        return """
            {"country": "\(country)", "dated": "2026-01-01", \(Self.text(base)), "holidays": {\(days)}, "regions": {\(parts)}}
            """
    }

    private static func text(_ part: Part) -> String {
        let windows = part.windows.map { window in
            let days = window.days.map { "\"\(names[$0])\"" }.joined(separator: ", ")
            return "{\"days\": [\(days)], \"from\": \"\(clock(window.from))\", \"until\": \"\(clock(window.until))\"}"
        }
        let closed = part.closed.map { "\"\($0.name)\"" }.joined(separator: ", ")
        let cap = part.cap.map { ", \"cap\": {\"attempts\": \($0.attempts), \"within_hours\": \($0.hours)}" } ?? ""
        return "\"source\": \"dice\", \"windows\": [\(windows.joined(separator: ", "))], \"closed\": [\(closed)]\(cap)"
    }

    private static func text(_ holiday: Holiday) -> String {
        let day: String
        switch holiday.day {
        case .date(let month, let number): day = "\"date\": \"\(two(month))-\(two(number))\""
        case .nth(let month, let weekday, let nth, let plus):
            day = "\"month\": \(month), \"weekday\": \"\(names[weekday])\", \"nth\": \(nth), \"plus\": \(plus)"
        case .last(let month, let weekday): day = "\"month\": \(month), \"weekday\": \"\(names[weekday])\", \"nth\": -1"
        case .easter(let offset): day = "\"easter\": \(offset)"
        }
        return "{\(day), \"observed\": \"\(holiday.observed)\"}"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func clock(_ minutes: Int) -> String { "\(two(minutes / 60)):\(two(minutes % 60))" }
}
