import JSONKit

/// What an agent's tool notes in the midst of a call.
public struct CallNote: Sendable {
    /// The record's type, as the agent's document names it.
    public let type: String
    public let callID: String
    public let leadID: String
    public let phone: String?
    /// What people read.
    public let text: String

    init(type: String, _ data: JSON) {
        self.type = type
        callID = data["call_id"]?.string ?? ""
        leadID = data["lead_id"]?.string ?? ""
        phone = PhoneNumber.known(data["phone"]?.string ?? "")
        let note = data["note"] ?? [:]
        var lines: [String] = []
        if let text = note.string ?? note["text"]?.string { lines.append(text) }
        for (name, value) in note.object ?? [:] where name != "text" {
            lines.append("\(name): \(value.string ?? value.description)")
        }
        if !callID.isEmpty { lines.append("Call: \(callID)") }
        text = lines.joined(separator: "\n")
    }

    public var title: String { "Note: \(type)" }
}
