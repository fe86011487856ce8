import Core
import Glibc
import JSONKit
import RPCSchema

/// Shows results: tables for people, JSON lines for programs.
struct Presenter {
    private let output: any Output
    private let asJSON: Bool
    private let asCSV: Bool

    init(_ output: any Output, asJSON: Bool, asCSV: Bool = false) {
        (self.output, self.asJSON, self.asCSV) = (output, asJSON, asCSV)
    }

    func show(_ result: JSON, of operation: Operation) {
        let hints = operation.hints
        if asJSON { return output.print(result.description + "\n") }
        if hints.isGrid { return show(grid: result) }
        if hints.hasTables { return show(tables: result) }
        if let text = hints.text.flatMap({ result[$0]?.string }) { return output.print(text) }
        if let member = hints.value { return show(value: member.isEmpty ? result : result[member] ?? .null) }
        guard let columns = hints.columns else { return output.print(members(of: result)) }
        for member in hints.heading {
            output.print("\(Self.label(member)): \(cell(result[member] ?? .null))\n")
        }
        let rows = result[hints.rows]?.array ?? []
        if rows.isEmpty {
            // A heading has said it already.
            if hints.heading.isEmpty { output.print("Nothing.\n") }
            return
        }
        output.print(table(rows, columns.map { ($0.member, $0.title) }))
    }

    /// One line an event.
    func show(notification: JSON) {
        let parameters = notification["params"] ?? [:]
        if asJSON { return output.print(parameters.description + "\n") }
        guard let event = parameters["event"] else {
            let waiting = parameters["waiting"]?.int ?? 0
            return output.complain("patchbay: \(waiting) events behind; they follow\n")
        }
        let topic = cell(event["topic"] ?? "")
        let place = "\(event["position"]?.int ?? 0)".leftPadded(to: 6)
        let line = [
            place, cell(event["at"] ?? ""), topic.padded(to: 20), cell(event["key"] ?? ""), cell(event["data"] ?? ""),
        ].joined(separator: "  ")
        output.print((output.width.map { line.fitted(to: $0) } ?? line) + "\n")
    }

    private func show(grid result: JSON) {
        let grid = Grid(result)
        if asCSV { return output.print(grid.csv) }
        let window = "from \(cell(result["from"] ?? "")) to \(cell(result["to"] ?? ""))"
        output.print("\(Self.label(cell(result["name"] ?? ""))), \(window)\n")
        guard !grid.rows.isEmpty else { return output.print("Nothing.\n") }
        output.print(grid.table(width: output.width, hasColour: output.hasColour) { cell($0) })
    }

    /// Figures above, and each table with its title, and its picture where the terminal has the room.
    func show(tables result: JSON) {
        let tables = result["tables"]?.array ?? []
        if asCSV {
            let blocks = tables.map { (cell($0["title"] ?? "") + "\n") + Grid($0).csv }
            return output.print(blocks.joined(separator: "\n"))
        }
        if case .object(let object) = result {
            let above = object.filter { $0.key != "tables" && $0.key != "figures" && $0.value != "" }
            output.print(members(of: .object(JSONObject(above.map { ($0.key, $0.value) }))))
        }
        if let figures = result["figures"] { output.print(members(of: figures)) }
        for table in tables {
            output.print("\n\(cell(table["title"] ?? ""))\n")
            if table["picture"] == "stack", let width = output.width,
                let text = Stack(
                    columns: (table["columns"]?.array ?? []).compactMap(\.string),
                    rows: (table["rows"]?.array ?? []).map { $0.array ?? [] }
                ).text(width: width, hasColour: output.hasColour)
            {
                output.print(text)
            } else {
                output.print(Grid(table).table(width: output.width, hasColour: output.hasColour) { cell($0) })
            }
        }
    }

    // MARK: Parts

    private func show(value: JSON) { output.print((value.string ?? value.pretty) + "\n") }

    private func table(_ rows: [JSON], _ columns: [(member: String, title: String)]) -> String {
        let isNumeric = columns.map { column in
            rows.allSatisfy { $0[column.member].map { $0.double != nil || $0.isNull } ?? true }
        }
        let cells = rows.map { row in columns.map { cell(row[$0.member] ?? .null) } }
        return Table(titles: columns.map(\.title), isNumeric: isNumeric, rows: cells)
            .render(width: output.width, hasColour: output.hasColour)
    }

    /// One line a member; lists of objects as tables beneath.
    private func members(of result: JSON) -> String {
        guard case .object(let object) = result else { return (result.string ?? result.pretty) + "\n" }
        let width = (object.keys.map(\.count).max() ?? 0) + 2
        var text = ""
        var below = ""
        for (member, value) in object {
            if let rows = value.array, rows.contains(where: { $0.object != nil }) {
                let names = rows.reduce(into: [String]()) { names, row in
                    for key in row.object?.keys ?? [] where !names.contains(key) { names.append(key) }
                }
                below += "\n\(Self.label(member)):\n" + table(rows, names.map { ($0, $0.uppercased()) })
            } else if case .object(let inner) = value, !inner.isEmpty {
                below += "\n\(Self.label(member)):\n\(value.pretty)\n"
            } else {
                text += Self.label(member).padded(to: width) + cell(value) + "\n"
            }
        }
        return text + below
    }

    private static func label(_ member: String) -> String { member.split(separator: "_").joined(separator: " ") }

    /// A value on one line.
    private func cell(_ value: JSON) -> String {
        switch value {
        case .null: return ""
        case .bool(let value): return value ? "yes" : "no"
        case .double(let value): return Self.rounded(value)
        case .string(let text): return (output.width == nil ? text : Self.local(text)).printable
        case .array(let elements):
            let names = elements.map { element in
                element.object?.members.first.map { cell($0.value) } ?? cell(element)
            }
            return names.joined(separator: ", ")
        case .object(let object):
            return object.map { "\($0.key)=\(cell($0.value))" }.joined(separator: " ")
        default: return value.description
        }
    }

    private static func rounded(_ value: Double) -> String {
        let thousandths = (value * 1000).rounded() / 1000
        return thousandths == thousandths.rounded() && abs(thousandths) < 1e15
            ? "\(Int64(thousandths))" : "\(thousandths)"
    }

    /// People at a terminal read the clock on their wall; everything else gets RFC 3339.
    private static func local(_ text: String) -> String {
        guard text.count == 24, text.hasSuffix("Z"), let time = Timestamp(parsing: text) else { return text }
        var seconds = time_t(time.unixMilliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
