public import JSONKit

/// A report as one HTML page that needs nothing else: styles and pictures are in it, and it has no script. Made of what
/// `campaign.report` answers, so that a report that was kept can be shown as well.
public enum CampaignPage {
    public static func html(_ report: JSON) -> String {
        let name = (report["campaign"]?.string ?? "").escaped
        let tables = (report["tables"]?.array ?? []).compactMap { ReportTable($0) }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(name): campaign report</title>
            <style>\(style)</style></head>
            <body><main>
            \(header(report, name))
            \(cards(report["figures"] ?? [:]))
            <div class="grid">
            \(tables.map(section).joined(separator: "\n"))
            </div>
            <footer>Patchbay, \((report["made_at"]?.string ?? "").escaped). No names, no numbers: nothing in it is personal.</footer>
            </main></body></html>

            """
    }

    private static func header(_ report: JSON, _ name: String) -> String {
        let state = (report["state"]?.string ?? "").escaped
        let reason = report["reason"]?.string ?? ""
        let times = [report["from"]?.string, report["to"]?.string]
        let span =
            times.allSatisfy { $0 == nil }
            ? "since it began" : times.map { readable($0 ?? "…") }.joined(separator: " to ")
        return """
            <header><h1>\(name)</h1><span class="state \(state)">\(state)</span>
            <p>\(span.escaped)\(reason.isEmpty ? "" : " · \(reason.escaped)")</p></header>
            """
    }

    private static func cards(_ figures: JSON) -> String {
        let currency = figures["currency"]?.string ?? ""
        let shown: [(String, String)] = [
            ("leads", text(figures["leads"])), ("attempts", text(figures["attempts"])),
            ("answered", percent(figures["answer_rate"])), ("people reached", text(figures["people"])),
            ("successes", text(figures["successes"])), ("minutes of talk", text(figures["talk_minutes"])),
            ("cost, \(currency)", text(figures["cost"])),
        ]
        let cards = shown.map { "<div class=\"card\"><b>\($0.1.escaped)</b><span>\($0.0.escaped)</span></div>" }
        return "<div class=\"cards\">\(cards.joined())</div>"
    }

    private static func section(_ table: ReportTable) -> String {
        let isWide = table.picture == .stack || table.picture == .columns
        return """
            <section\(isWide ? " class=\"wide\"" : "")><h2>\(table.title.escaped)</h2>
            \(PagePicture.svg(of: table))
            \(rows(of: table))</section>
            """
    }

    /// The figures themselves; behind a fold where a picture tells them already.
    private static func rows(of table: ReportTable) -> String {
        let head = table.columns.map { "<th>\(readable($0).escaped)</th>" }.joined()
        let body = table.rows.map { row in
            let cells = zip(table.columns, row).map { column, value in
                let isNumber = value.double != nil
                return "<td\(isNumber ? " class=\"n\"" : "")>\(cell(value, column).escaped)</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        let text = "<table><thead><tr>\(head)</tr></thead><tbody>\(body.joined())</tbody></table>"
        return table.picture == .none ? text : "<details><summary>figures</summary>\(text)</details>"
    }

    // MARK: Texts

    static func cell(_ value: JSON, _ column: String) -> String {
        column == "share" ? percent(value) : value.string.map(readable) ?? text(value)
    }

    static func percent(_ value: JSON?) -> String {
        guard let share = value?.double else { return "" }
        return "\(text(.double((share * 1000).rounded() / 10))) %"
    }

    /// `no_answer` as people write it, and times without their thousandths.
    static func readable(_ name: String) -> String {
        if name.utf8.count == 24, name.hasSuffix("Z"), name.contains("T") {
            return name.prefix(10) + " " + name.dropFirst(11).prefix(5) + " UTC"
        }
        return name.split(separator: "_").joined(separator: " ")
    }

    /// Numbers with their thousands apart.
    static func text(_ value: JSON?) -> String {
        guard let value, !value.isNull else { return "" }
        if let text = value.string { return text }
        guard let number = value.double else { return value.description }
        let whole = Int64(number)
        let digits = String(whole.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "\u{202F}" }
            grouped.append(digit)
        }
        let fraction = Int64(((number - Double(whole)).magnitude * 10_000).rounded())
        var part = String(fraction + 10_000).dropFirst()
        while part.last == "0" { part = part.dropLast() }
        return (number < 0 ? "-" : "") + grouped + (part.isEmpty ? "" : ".\(part)")
    }

    private static let style = """
        :root{--ink:#1c2330;--soft:#667085;--line:#e4e7ec;--paper:#fff;--ground:#f4f6f9;--a:#3056d3}
        @media(prefers-color-scheme:dark){:root{--ink:#e8ebf1;--soft:#98a2b3;--line:#2b3342;--paper:#171c26;--ground:#0f131b;--a:#7c9cff}}
        *{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main{max-width:1080px;margin:0 auto;padding:32px 20px 48px}header{margin-bottom:20px}
        h1{display:inline;margin:0;font-size:28px;letter-spacing:-.02em}h2{margin:0 0 12px;font-size:15px;font-weight:600}
        header p{margin:6px 0 0;color:var(--soft)}
        .state{margin-left:12px;padding:3px 10px;border-radius:99px;font-size:13px;background:var(--line);vertical-align:5px}
        .running{background:#d1fadf;color:#05603a}.paused{background:#fef0c7;color:#93370d}.completed{background:#d9e4ff;color:#1d3a9c}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:12px;margin-bottom:16px}
        .card,section{background:var(--paper);border:1px solid var(--line);border-radius:12px}
        .card{padding:14px 16px}.card b{display:block;font-size:23px;letter-spacing:-.02em;font-variant-numeric:tabular-nums}.card span{color:var(--soft);font-size:13px}
        .grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}section{padding:18px 20px}.wide{grid-column:1/-1}
        @media(max-width:760px){.grid{grid-template-columns:minmax(0,1fr)}}
        svg{display:block;width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}svg .soft{fill:var(--soft)}
        table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}th{color:var(--soft);font-weight:500;font-size:13px;text-align:left}
        td,th{padding:5px 8px 5px 0;border-bottom:1px solid var(--line)}tr:last-child td{border-bottom:0}td.n{text-align:right}
        details{margin-top:10px;overflow-x:auto}summary{cursor:pointer;color:var(--soft);font-size:13px}
        footer{margin-top:20px;color:var(--soft);font-size:13px}
        """
}

extension String {
    /// Fit for the text and the attributes of a page.
    var escaped: String {
        var result = ""
        for character in self {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
