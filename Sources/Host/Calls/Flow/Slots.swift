import JSONKit

/// What was learned so far, and what is being asked for. A pure value.
struct Slots {
    private(set) var values: [String: JSON] = [:]
    /// The slot that was asked for last, until it has a value.
    var awaited: String?
    /// How often each was asked for.
    private var asked: [String: Int] = [:]
    /// What is known of whom the host has called: `{lead.name}`.
    var lead: JSONObject = [:]

    init() {}

    /// What was learned before, as `json` tells it.
    init(_ json: JSON, awaited: String?, lead: JSONObject = [:]) {
        self.lead = lead
        for (name, value) in json.object ?? [:] { values[name] = value }
        self.awaited = awaited
    }

    /// The value of a slot, or of what is known of the lead; nil: there is none.
    subscript(name: String) -> JSON? { LeadName(name)?.value(in: lead) ?? values[name] }

    mutating func set(_ name: String, _ value: JSON) {
        values[name] = value
        if awaited == name { awaited = nil }
    }

    mutating func ask(_ slot: Slot) {
        awaited = slot.name
        asked[slot.name, default: 0] += 1
    }

    /// Whether it may be asked for again.
    func mayAsk(_ slot: Slot) -> Bool { asked[slot.name, default: 0] < slot.tries }

    var json: JSON {
        var object = JSONObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { object[name] = value }
        return .object(object)
    }

    /// A text with `{name}` replaced by what the slot's value is called aloud; unknown names stay as they are. `{lead.name}`
    /// is what is known of the lead, else nothing, or what stands behind a bar: `{lead.name|there}`.
    func fill(_ text: String, _ document: AgentDocument) -> String {
        guard text.contains("{") else { return text }
        return replaceNames(in: text) { name in
            if let value = values[name], let slot = document.slot(name) { return Self.spoken(value, slot.kind) }
            return LeadName(name)?.text(in: lead)
        }
    }

    /// The same for what is known of the lead alone: the model gets the slots otherwise.
    func fillLead(_ text: String) -> String {
        guard text.contains("{\(LeadName.prefix)") else { return text }
        return replaceNames(in: text) { LeadName($0)?.text(in: lead) }
    }

    /// A text with names in braces replaced; those for which there is nothing stay as they are.
    private func replaceNames(in text: String, _ value: (String) -> String?) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open]
            result += value(name) ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func spoken(_ value: JSON, _ kind: Slot.Kind) -> String {
        switch (kind, value) {
        case (.date, .string(let date)): SpokenDates.spoken(date)
        case (.phone, .string(let digits)), (.digits, .string(let digits)):
            digits.map(String.init).joined(separator: " ")
        case (_, .string(let text)): text
        case (_, .bool(let yes)): yes ? "yes" : "no"
        default: value.description
        }
    }
}
