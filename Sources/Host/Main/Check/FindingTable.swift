/// Findings as lines: what, where, whether it is well, and what to do.
struct FindingTable {
    private let findings: [Finding]

    init(_ findings: [Finding]) { self.findings = findings }

    /// What does not fit into columns stands below its line: a sentence is read, not compared.
    var text: String {
        let places = findings.map { $0.place.isEmpty ? "-" : $0.place }
        let first = min(44, findings.map(\.what.count).max() ?? 0)
        let second = min(48, places.map(\.count).max() ?? 0)
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        var lines = ["\(padded("WHAT", first))  \(padded("WHERE", second))  RESULT"]
        for (finding, place) in zip(findings, places) {
            let result = finding.isProblem ? "problem" : "ok"
            lines.append("\(padded(finding.what, first))  \(padded(place, second))  \(result)")
            guard finding.isProblem else { continue }
            lines.append("    \(finding.problem)")
            if !finding.fix.isEmpty { lines.append("    fix: \(finding.fix)") }
        }
        return lines.joined(separator: "\n")
    }
}
