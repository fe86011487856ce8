import JSONKit

/// One line that tells how far something is: a bar where the total is known, the state beside it.
struct ProgressBar {
    private static let eighths = Array("▏▎▍▌▋▊▉")
    private static let longest = 40

    private let state: String
    private let done: Int64
    private let total: Int64

    /// Reads `state`, `done` and `total`.
    init(_ json: JSON) {
        state = json["state"]?.string ?? ""
        (done, total) = (max(0, json["done"]?.int ?? 0), max(0, json["total"]?.int ?? 0))
    }

    /// Fit for a terminal of so many columns.
    func line(width: Int) -> String {
        guard total > 0 else { return state.printable.fitted(to: width) }
        let (whole, part) = (total, min(done, total))
        let percent = "\(part * 100 / whole) %"
        let words =
            "  " + String(repeating: " ", count: max(0, 5 - percent.count)) + "\(percent)  \(part)/\(whole)  \(state)"
        let room = min(Self.longest, width - words.displayWidth - 2)
        guard room >= 4 else { return words.trimmed.fitted(to: width) }
        let eighths = Int(part) * room * 8 / Int(whole)
        var bar = String(repeating: "█", count: eighths / 8)
        if eighths % 8 > 0 { bar.append(Self.eighths[eighths % 8 - 1]) }
        return "▕" + bar + String(repeating: " ", count: room - bar.count) + "▏" + words
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
