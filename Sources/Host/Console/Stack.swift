import JSONKit

/// Rows of numbers as bars of several parts: a colour for each column where there are colours, a letter where there are none.
struct Stack {
    private let columns: [String]
    private let rows: [(label: String, values: [Double])]

    private static let longest = 72
    private static let least = 16
    /// Colours of terminals that are told apart on light and on dark ground.
    private static let colours = [33, 37, 214, 134, 203, 75, 245, 71, 205, 137, 63, 101]

    /// The first column names the rows, each further one is a part.
    init(columns: [String], rows: [[JSON]]) {
        self.columns = Array(columns.dropFirst())
        self.rows = rows.map { row in
            (row.first?.string ?? "", row.dropFirst().map { max(0, $0.double ?? 0) })
        }
    }

    /// Nil where a terminal has no room for it.
    func text(width: Int, hasColour: Bool) -> String? {
        let totals = rows.map { $0.values.reduce(0, +) }
        let counts = totals.map { "\(Int64($0))" }
        let (labels, numbers) = (rows.map(\.label.displayWidth).max() ?? 0, counts.map(\.count).max() ?? 0)
        let room = min(Self.longest, width - labels - numbers - 5)
        guard room >= Self.least, let most = totals.max(), most > 0 else { return nil }
        var text = legend(width: width, hasColour)
        for (index, row) in rows.enumerated() {
            let bar = bar(row.values, most: most, room: room, hasColour)
            let number = String(repeating: " ", count: numbers - counts[index].count) + counts[index]
            text += row.label.padded(to: labels) + "  " + number + "  " + bar + "\n"
        }
        return text
    }

    /// The parts' ends are rounded, not the parts: a bar is as long as its sum.
    private func bar(_ values: [Double], most: Double, room: Int, _ hasColour: Bool) -> String {
        var (sum, used, bar) = (0.0, 0, "")
        for (index, value) in values.enumerated() {
            sum += value
            let end = Int((sum / most * Double(room)).rounded())
            if end > used { bar += piece(index, end - used, hasColour) }
            used = max(used, end)
        }
        return bar
    }

    private func piece(_ index: Int, _ length: Int, _ hasColour: Bool) -> String {
        guard hasColour else { return String(repeating: letters[index], count: length) }
        let colour = Self.colours[index % Self.colours.count]
        return "\u{1B}[38;5;\(colour)m" + String(repeating: "█", count: length) + "\u{1B}[0m"
    }

    /// The first letter of each name that no other one has.
    private var letters: [Character] {
        var taken: [Character] = []
        for name in columns {
            let own = name.first { $0.isLetter && !taken.contains($0) }
            taken.append(own ?? "ABCDEFGHIJKLMNOPQRSTUVWXYZ".first { !taken.contains($0) } ?? "?")
        }
        return taken
    }

    private func legend(width: Int, _ hasColour: Bool) -> String {
        var (text, used) = ("", 0)
        for (index, name) in columns.enumerated() {
            let label = name.split(separator: "_").joined(separator: " ")
            if used > 0, used + label.displayWidth + 4 > width { (text, used) = (text + "\n", 0) }
            text += piece(index, 1, hasColour) + " " + label + "  "
            used += label.displayWidth + 4
        }
        return text + "\n"
    }
}
