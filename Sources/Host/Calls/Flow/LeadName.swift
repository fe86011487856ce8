import JSONKit

/// A name such as `lead.company`, in braces perhaps with what is said where nothing is known: `lead.company|your company`.
struct LeadName: Equatable {
    static let prefix = "lead."

    /// Without the prefix.
    let field: String
    let otherwise: String

    /// Nil: it is not about the lead.
    init?(_ name: some StringProtocol) {
        guard name.hasPrefix(Self.prefix) else { return nil }
        let rest = String(name).dropFirst(Self.prefix.count)
        let parts = rest.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard let field = parts.first, Self.isField(field) else { return nil }
        self.field = String(field)
        otherwise = parts.count > 1 ? String(parts[1]) : ""
    }

    /// Letters, digits, `_` and `-`: what a column of a list can be called.
    private static func isField(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }

    /// Nil: nothing is known.
    func value(in lead: JSONObject) -> JSON? {
        guard let value = lead[field], value != .null, value.string != "" else { return nil }
        return value
    }

    /// As it is said.
    func text(in lead: JSONObject) -> String {
        switch value(in: lead) {
        case .string(let text)?: text
        case .bool(let yes)?: yes ? "yes" : "no"
        case let other?: other.description
        case nil: otherwise
        }
    }
}
