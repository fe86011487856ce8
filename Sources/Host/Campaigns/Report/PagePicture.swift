import JSONKit

/// A table as a picture: SVG, to stand in a page.
enum PagePicture {
    /// Apart for eyes that see colours otherwise, too.
    static let colours = [
        "#3056d3", "#12a594", "#f59e0b", "#8e4ec6", "#e5484d", "#0091ff", "#7c8798", "#46a758", "#d6409f", "#ad7f58",
        "#5b5bd6", "#978365",
    ]

    static func svg(of table: ReportTable) -> String {
        guard !table.rows.isEmpty else { return "" }
        return switch table.picture {
        case .none: ""
        case .bars, .funnel: bars(table)
        case .columns: columns(table)
        case .stack: stack(table)
        }
    }

    private static func values(_ table: ReportTable) -> [Double] {
        guard let column = table.columns.firstIndex(of: table.measure) else { return table.rows.map { _ in 0 } }
        return table.rows.map { $0.count > column ? max(0, $0[column].double ?? 0) : 0 }
    }

    private static func label(_ row: [JSON]) -> String { CampaignPage.cell(row.first ?? .null, "").escaped }

    private static func value(_ number: Double, _ table: ReportTable) -> String {
        CampaignPage.cell(.double(number), table.measure).escaped
    }

    /// One decimal is as fine as a screen.
    private static func px(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }

    private static func rect(
        _ x: Double,
        _ y: Double,
        _ width: Double,
        _ height: Double,
        _ fill: String,
        _ title: String
    )
        -> String
    {
        "<rect x=\"\(px(x))\" y=\"\(px(y))\" width=\"\(px(width))\" height=\"\(px(height))\" rx=\"3\" fill=\"\(fill)\">"
            + "<title>\(title)</title></rect>"
    }

    private static func text(_ x: Double, _ y: Double, _ text: String, _ attributes: String = "") -> String {
        "<text x=\"\(px(x))\" y=\"\(px(y))\" \(attributes)>\(text)</text>"
    }

    private static func frame(_ width: Double, _ height: Double, _ table: ReportTable, _ parts: [String]) -> String {
        "<svg viewBox=\"0 0 \(px(width)) \(px(height))\" role=\"img\" aria-label=\"\(table.title.escaped)\">"
            + parts.joined() + "</svg>"
    }

    // MARK: Lying bars

    private static func bars(_ table: ReportTable) -> String {
        let (width, line, left, right) = (460.0, 28.0, 128.0, 86.0)
        let values = values(table)
        let most = max(values.max() ?? 0, 1e-9)
        var parts: [String] = []
        for (index, row) in table.rows.enumerated() {
            let y = Double(index) * line
            let length = max(values[index] > 0 ? 2 : 0, values[index] / most * (width - left - right))
            let isFunnel = table.picture == .funnel
            let fill = isFunnel ? colours[0] : colours[index % colours.count]
            let opacity = isFunnel ? 1 - 0.11 * Double(min(index, 6)) : 1
            parts.append(text(left - 10, y + 18, label(row), "text-anchor=\"end\""))
            parts.append("<g opacity=\"\(px(opacity * 10) == "10" ? "1" : "\(Double(Int(opacity * 100)) / 100)")\">")
            parts.append(rect(left, y + 4, length, line - 9, fill, "\(label(row)): \(value(values[index], table))"))
            parts.append("</g>")
            parts.append(text(left + length + 8, y + 18, value(values[index], table) + share(row, table)))
        }
        return frame(width, Double(table.rows.count) * line, table, parts)
    }

    /// What a bar is of the whole, where the table says it.
    private static func share(_ row: [JSON], _ table: ReportTable) -> String {
        guard table.measure != "share", let column = table.columns.firstIndex(of: "share"), row.count > column
        else { return "" }
        return "<tspan class=\"soft\" dx=\"6\">\(CampaignPage.percent(row[column]).escaped)</tspan>"
    }

    // MARK: Standing bars

    private static let size = (width: 980.0, height: 240.0, left: 52.0, below: 26.0)

    /// Three lines to read heights by.
    private static func scale(_ most: Double, _ table: ReportTable) -> [String] {
        (0...3).flatMap { step -> [String] in
            let part = Double(step) / 3
            let y = 14 + (1 - part) * (size.height - size.below - 14)
            let line =
                "<line x1=\"\(px(size.left))\" x2=\"\(px(size.width))\" y1=\"\(px(y))\" y2=\"\(px(y))\" "
                + "stroke=\"currentColor\" stroke-opacity=\".12\"/>"
            let number = table.measure == "share" ? part * most : (part * most).rounded()
            return [line, text(size.left - 8, y + 4, value(number, table), "class=\"soft\" text-anchor=\"end\"")]
        }
    }

    private static func columns(_ table: ReportTable) -> String {
        let values = values(table)
        let most = max(values.max() ?? 0, 1e-9)
        let room = (size.width - size.left) / Double(table.rows.count)
        let height = size.height - size.below - 14
        var parts = scale(most, table)
        for (index, row) in table.rows.enumerated() {
            let x = size.left + Double(index) * room
            let length = values[index] / most * height
            let wide = min(room * 0.72, 56)
            let told = "\(label(row)): \(value(values[index], table))"
            parts.append(rect(x + (room - wide) / 2, 14 + height - length, wide, length, colours[0], told))
            parts.append(under(index, of: table.rows.count, x + room / 2, label(row)))
        }
        return frame(size.width, size.height, table, parts)
    }

    /// Labels, as many as there is room for.
    private static func under(_ index: Int, of count: Int, _ x: Double, _ label: String) -> String {
        let every = max(1, (count * 74 + 979) / 980)
        return index % every == 0 ? text(x, size.height - 8, label, "class=\"soft\" text-anchor=\"middle\"") : ""
    }

    private static func stack(_ table: ReportTable) -> String {
        let names = Array(table.columns.dropFirst())
        let rows = table.rows.map { $0.dropFirst().map { max(0, $0.double ?? 0) } }
        let most = max(rows.map { $0.reduce(0, +) }.max() ?? 0, 1e-9)
        let room = (size.width - size.left) / Double(rows.count)
        let height = size.height - size.below - 14
        var parts = scale(most, table)
        for (index, row) in rows.enumerated() {
            let x = size.left + Double(index) * room
            let wide = min(room * 0.72, 56)
            var y = 14 + height
            for (place, number) in row.enumerated() where number > 0 {
                let length = number / most * height
                y -= length
                let told = "\(label(table.rows[index])), \(CampaignPage.readable(names[place]).escaped): "
                parts.append(
                    rect(
                        x + (room - wide) / 2,
                        y,
                        wide,
                        length,
                        colours[place % colours.count],
                        told + CampaignPage.text(.double(number)).escaped
                    )
                )
            }
            parts.append(under(index, of: rows.count, x + room / 2, label(table.rows[index])))
        }
        let (legend, more) = legend(names)
        return frame(size.width, size.height + more, table, parts + legend)
    }

    private static func legend(_ names: [String]) -> (parts: [String], height: Double) {
        var parts: [String] = []
        var (x, y) = (size.left, size.height + 10)
        for (index, name) in names.enumerated() {
            let label = CampaignPage.readable(name)
            let wide = 34 + 6.8 * Double(label.count)
            if x + wide > size.width { (x, y) = (size.left, y + 22) }
            parts.append(rect(x, y, 12, 12, colours[index % colours.count], label.escaped))
            parts.append(text(x + 18, y + 11, label.escaped))
            x += wide
        }
        return (parts, y - size.height + 20)
    }
}
