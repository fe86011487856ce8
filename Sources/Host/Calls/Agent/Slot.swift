import JSONKit

/// Something the agent must learn: its type, how it is asked for, and which values it may have.
public struct Slot: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case text, number, integer, boolean, date, time, phone, email, digits, choice
    }

    public let name: String
    public let kind: Kind
    /// Asked when it is missing; empty: the model asks.
    public let ask: String
    /// Asked when the answer was none.
    public let askAgain: String
    /// How often it is asked before the stage gives up on it.
    public let tries: Int
    /// The values of a choice, and what else callers call each.
    public let choices: [(value: String, synonyms: [String])]
    /// Bounds of a number, of the hour of a time, of the count of digits.
    public let minimum: Double?
    public let maximum: Double?

    init(_ fields: Fields) throws(FieldError) {
        name = try fields.string("name")
        guard name.isIdentifier else {
            throw fields.error("name", "must be a letter and then letters, digits and _, is \"\(name)\"")
        }
        guard !Condition.reserved.contains(name) else { throw fields.error("name", "\(name) is a word of conditions") }
        let type = try fields.string("type", default: Kind.text.rawValue)
        guard let kind = Kind(rawValue: type) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error("type", "is \"\(type)\"; known are \(known)")
        }
        self.kind = kind
        ask = try fields.string("ask", default: "")
        askAgain = try fields.string("ask_again", default: ask)
        tries = try fields.int("tries", default: 3, in: 1...20)
        choices = try Self.choices(fields)
        minimum = fields.object["min"] == nil ? nil : try fields.double("min", default: 0)
        maximum = fields.object["max"] == nil ? nil : try fields.double("max", default: 0)
        try fields.finish()
        guard kind == .choice || choices.isEmpty else { throw fields.error("values", "only go with the type choice") }
        guard kind != .choice || !choices.isEmpty else { throw fields.error("values", "a choice needs values") }
        if let minimum, let maximum, minimum > maximum { throw fields.error("max", "is less than min (\(minimum))") }
    }

    /// `["small", "large"]`, or `{"small": ["little", "tiny"], "large": []}`.
    private static func choices(_ fields: Fields) throws(FieldError) -> [(value: String, synonyms: [String])] {
        guard case .object? = fields.object["values"] else {
            return try fields.strings("values", default: []).map { ($0, []) }
        }
        let object = try fields.object("values")
        var result: [(value: String, synonyms: [String])] = []
        for key in object.object.keys { result.append((key, try object.strings(key))) }
        return result
    }

    public static func == (left: Slot, right: Slot) -> Bool {
        left.name == right.name && left.kind == right.kind && left.ask == right.ask && left.askAgain == right.askAgain
            && left.tries == right.tries && left.minimum == right.minimum && left.maximum == right.maximum
            && left.choices.map(\.value) == right.choices.map(\.value)
            && left.choices.map(\.synonyms) == right.choices.map(\.synonyms)
    }
}

extension String {
    /// A letter, then letters, digits and `_`, at most 64.
    var isIdentifier: Bool {
        guard isName, !contains("-"), let first = unicodeScalars.first else { return false }
        return first.properties.isAlphabetic
    }
}
