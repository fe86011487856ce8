public import Core
public import JSONKit

/// That somebody has agreed to be called, and how that can be shown.
public struct Consent: Sendable, Equatable {
    /// Written is worth more than express.
    public enum Kind: String, Sendable, CaseIterable { case express, written }

    public var kind: Kind
    /// When it was given.
    public var at: Timestamp
    /// Where it can be looked up: a form, a recording, a contract.
    public var source: String

    public init(_ kind: Kind, at: Timestamp, source: String) { (self.kind, self.at, self.source) = (kind, at, source) }

    /// As `json` writes it; nil for anything else.
    public init?(_ json: JSON) {
        guard let kind = json["kind"]?.string.flatMap(Kind.init), let source = json["source"]?.string,
            let at = json["at"]?.string.flatMap(Timestamp.init(parsing:))
        else { return nil }
        self.init(kind, at: at, source: source)
    }

    public var json: JSON {
        ["kind": .string(kind.rawValue), "at": .string(at.description), "source": .string(source)]
    }
}
