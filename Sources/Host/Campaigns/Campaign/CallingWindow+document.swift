import JSONKit

extension CallingWindow {
    static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// `{"days": ["mon", "tue"], "from": "09:00", "until": "20:00"}`; without `days` every day.
    init(_ fields: Fields) throws(FieldError) {
        let names = try fields.strings("days", default: Self.days)
        var weekdays: Set<Int> = []
        for (index, name) in names.enumerated() {
            guard let day = Self.days.firstIndex(of: name) else {
                throw fields.error("days[\(index)]", "is \"\(name)\"; use \(Self.days.joined(separator: ", "))")
            }
            weekdays.insert(day)
        }
        guard !weekdays.isEmpty else { throw fields.error("days", "is empty: the window never opens; name a day") }
        let from = try Self.minutes(fields, "from")
        let until = try Self.minutes(fields, "until")
        guard from < until else {
            throw fields.error(
                "until",
                "must be later than from (\(Self.text(from))) or the window never opens, is \(Self.text(until)); "
                    + "hours over midnight are two windows"
            )
        }
        self.init(weekdays: weekdays, from: from, until: until)
    }

    var json: JSON {
        [
            "days": .array(weekdays.sorted().map { .string(Self.days[$0]) }), "from": .string(Self.text(from)),
            "until": .string(Self.text(until)),
        ]
    }

    /// Minutes behind midnight as `09:05`.
    static func text(_ minutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return two(minutes / 60) + ":" + two(minutes % 60)
    }

    /// `00:00` to `24:00`.
    private static func minutes(_ fields: Fields, _ key: String) throws(FieldError) -> Int {
        let text = try fields.string(key)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, 60 * hour + minute <= 1440
        {
            return 60 * hour + minute
        }
        throw fields.error(key, "must be a time such as 09:00, up to 24:00, is \"\(text)\"")
    }
}
