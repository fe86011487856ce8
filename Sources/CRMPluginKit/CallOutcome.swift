import JSONKit
import PluginKit

/// How a call went.
public struct CallOutcome: Sendable {
    public let callID: String
    /// The CRM's or the campaign's own name of the one on the other side; empty: none is known.
    public let leadID: String
    public let isOutbound: Bool
    public let from: String
    public let to: String
    public let disposition: String
    public let milliseconds: Int64
    /// Empty, or where the recording is.
    public let recording: String
    private let data: JSON

    init(_ data: JSON) throws(PluginProblem) {
        guard let id = data["call_id"]?.string, !id.isEmpty else {
            throw PluginProblem(.invalid, "data.call_id: is required in call.outcome (a string)")
        }
        callID = id
        leadID = data["lead_id"]?.string ?? data["slots"]?["lead_id"]?.string ?? ""
        isOutbound = data["direction"]?.string == "outbound"
        (from, to) = (data["from"]?.string ?? "", data["to"]?.string ?? "")
        disposition = data["disposition"]?.string ?? ""
        milliseconds = Int64(min(max(0, data["duration_s"]?.double ?? 0), 86_400) * 1000)
        recording = data["recording"]?["url"]?.string ?? ""
        self.data = data
    }

    /// The number of the other side; nil where it is not known.
    public var phone: String? { PhoneNumber.known(isOutbound ? to : from) }

    public var title: String {
        disposition.isEmpty ? "Call" : "Call: \(disposition.replacing("_", with: " "))"
    }

    /// What people read, at most so many characters of it: the outcome, what was learned, and what was said.
    public func text(withTranscript: Bool, limit: Int) -> String {
        var lines: [String] = []
        func add(_ label: String, _ text: String?) {
            if let text, !text.isEmpty { lines.append("\(label): \(text)") }
        }
        add("Disposition", disposition)
        add("Reason", data["reason"]?.string)
        add("Agent", data["agent"]?.string)
        add("Stages", data["stages"]?.array?.compactMap(\.string).joined(separator: ", "))
        for (name, value) in data["slots"]?.object ?? [:] { add(name, value.string ?? value.description) }
        add("Call", callID)
        if withTranscript, let said = data["transcript"]?.array, !said.isEmpty {
            lines.append("")
            for line in said { add(line["who"]?.string ?? "", line["text"]?.string) }
        }
        let text = lines.joined(separator: "\n")
        return text.count <= limit ? text : text.prefix(limit - 1) + "\u{2026}"
    }
}
