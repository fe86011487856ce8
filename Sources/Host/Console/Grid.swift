import JSONKit

/// An answer of columns and rows, as a table with bars or as CSV.
struct Grid {
    let columns: [String]
    let rows: [[JSON]]
    /// The column that the bars draw.
    let measure: String

    private static let gap = 2
    /// Columns of a terminal that bars take: fewer say nothing, more tire the eye.
    private static let bars = 8...40
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

    init(_ result: JSON) {
        columns = (result["columns"]?.array ?? []).map { $0.string ?? $0.description }
        rows = (result["rows"]?.array ?? []).map { $0.array ?? [] }
        measure = result["measure"]?.string ?? ""
    }

    /// RFC 4180, but for the ends of lines.
    var csv: String {
        func line(_ cells: [String]) -> String { cells.map(Self.quoted).joined(separator: ",") + "\n" }
        return line(columns)
            + rows.map { row in line(row.map { $0.isNull ? "" : $0.string ?? $0.description }) }.joined()
    }

    /// A table for people; with bars on a terminal that has the room. `cell` writes a value.
    func table(width: Int?, hasColour: Bool, cell: (JSON) -> String) -> String {
        var titles = columns.map { $0.uppercased() }
        var isNumeric = columns.indices.map { column in
            rows.allSatisfy { row in row.count <= column || row[column].double != nil || row[column].isNull }
        }
        var cells = rows.map { row in
            columns.indices.map { column in
                row.count > column ? Self.share(row[column], columns[column]) ?? cell(row[column]) : ""
            }
        }
        if let bars = bars(beside: titles, cells, width) {
            titles.append("")
            isNumeric.append(false)
            for index in cells.indices { cells[index].append(bars[index]) }
        }
        return Table(titles: titles, isNumeric: isNumeric, rows: cells).render(width: width, hasColour: hasColour)
    }

    /// People read shares in percent.
    private static func share(_ value: JSON, _ column: String) -> String? {
        guard column == "share", let share = value.double else { return nil }
        return "\((share * 1000).rounded() / 10) %"
    }

    private func bars(beside titles: [String], _ cells: [[String]], _ width: Int?) -> [String]? {
        guard let width, let measured = columns.firstIndex(of: measure) else { return nil }
        let widths = titles.indices.map { column in
            cells.reduce(titles[column].displayWidth) { max($0, $1[column].displayWidth) }
        }
        let room = min(Self.bars.upperBound, width - widths.reduce(0, +) - Self.gap * widths.count)
        let values = rows.map { $0.count > measured ? max(0, $0[measured].double ?? 0) : 0 }
        guard room >= Self.bars.lowerBound, let most = values.max(), most > 0 else { return nil }
        return values.map { Self.bar(eighths: Int(($0 / most * Double(room * 8)).rounded())) }
    }

    /// What is there at all is seen.
    private static func bar(eighths: Int) -> String {
        String(repeating: "█", count: eighths / 8) + (eighths % 8 > 0 ? String(Self.eighths[eighths % 8 - 1]) : "")
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
