/// Rows in columns, fitted to a terminal.
struct Table {
    let titles: [String]
    /// Whether a column holds numbers, which stand at the right.
    let isNumeric: [Bool]
    let rows: [[String]]

    /// No column is made narrower than this.
    private static let narrowest = 4
    private static let gap = "  "

    /// Lines of at most `width` columns; nil: as wide as they are.
    func render(width: Int?, hasColour: Bool) -> String {
        let widths = fitted(natural, to: width)
        var text = line(titles, widths, isNumeric)
        if hasColour { text = "\u{1B}[1m\(text)\u{1B}[0m" }
        text += "\n"
        for row in rows { text += line(row, widths, isNumeric) + "\n" }
        return text
    }

    private var natural: [Int] {
        titles.indices.map { column in
            rows.reduce(titles[column].displayWidth) { max($0, $1[column].displayWidth) }
        }
    }

    /// Takes from the widest column, again and again, until the row fits.
    private func fitted(_ natural: [Int], to width: Int?) -> [Int] {
        guard let width else { return natural }
        var widths = natural
        let available = width - Self.gap.count * (widths.count - 1)
        while widths.reduce(0, +) > available {
            guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.narrowest
            else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int], _ isNumeric: [Bool]) -> String {
        var parts: [String] = []
        for (column, cell) in cells.enumerated() {
            let text = cell.fitted(to: widths[column])
            let spaces = String(repeating: " ", count: max(0, widths[column] - text.displayWidth))
            parts.append(isNumeric[column] ? spaces + text : text + spaces)
        }
        var line = parts.joined(separator: Self.gap)
        while line.last == " " { line.removeLast() }
        return line
    }
}
