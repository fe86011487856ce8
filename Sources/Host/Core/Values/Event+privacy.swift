public import JSONKit

/// An event without whoever it was about.
extension Event {
    /// Stands in the place of a key that was a person: a lead, or what a carrier calls a call.
    public static let erasedKey = "erased"

    /// Whether the person was erased: consumers have nothing to do with it any more.
    public var isErased: Bool { data["erased"]?.bool == true }

    /// The data of an event as an erasure leaves it: members keep their types, personal ones hold nothing, and `erased` says
    /// so. What is never about a person stays as it is; a topic that is not known to this host keeps nothing.
    public static func erased(_ data: JSON, _ topic: Topic?) -> JSON {
        let kept: [String]
        if let topic {
            guard let members = topic.impersonal else { return data }
            kept = members
        } else {
            kept = []
        }
        var result = JSONObject()
        for (name, value) in data.object ?? [:] {
            if topic?.isOpen == true {
                // What others append may be named after a person, too.
                if kept.contains(name), isPlain(value) { result[name] = value }
            } else {
                result[name] = kept.contains(name) ? value : blank(value)
            }
        }
        result["erased"] = true
        return .object(result)
    }

    /// Numbers, truth values, and words such as a program would choose.
    private static func isPlain(_ value: JSON) -> Bool {
        switch value {
        case .string(let text):
            text.utf8.count <= 64 && text.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
        case .array(let elements): elements.allSatisfy(isPlain)
        case .object(let object): object.members.allSatisfy { isPlain(.string($0.key)) && isPlain($0.value) }
        default: true
        }
    }

    private static func blank(_ value: JSON) -> JSON {
        switch value {
        case .string: ""
        case .array: []
        case .object: [:]
        default: .null
        }
    }
}
