import Core
public import JSONKit
public import Store

/// What an import is to bring, as somebody asked for it and as its job keeps it.
public struct LeadImportOrder: Sendable, Equatable {
    /// The kind of the jobs that carry it out.
    public static let kind = "import"

    /// Nil: from the customer database.
    public let source: LeadSource?
    public let list: String
    public let country: String
    /// To the customer database; nil: its usual one.
    public let route: String?
    /// Which pull of several; empty: one by hand.
    private let period: String

    /// A pull from the customer database.
    public init(list: String, country: String, route: String?, period: String) {
        (source, self.list, self.country, self.route, self.period) = (nil, list, country, route, period)
    }

    /// Members as the parameters of `lead.import`.
    public init(_ json: JSON) throws(FieldError) {
        let fields = try Fields(json)
        (list, country) = (try fields.string("list"), try fields.string("country", default: ""))
        (route, period) = (try fields.optionalString("route"), try fields.string("period", default: ""))
        guard try fields.string("source", default: "file") == "file" else {
            source = nil
            guard json["path"] == nil else { throw fields.error("path", "does not go with source crm; leave it out") }
            return
        }
        let format = try fields.optionalString("format").flatMap(LeadSource.Format.init)
        var source = LeadSource(path: try fields.string("path"), list: list, format: format)
        source.country = country
        source.encoding = LeadEncoding(rawValue: try fields.string("encoding", default: "utf-8")) ?? .utf8
        source.updates = try fields.bool("update", default: false)
        guard source.path.hasPrefix("/") else {
            throw fields.error("path", "must be absolute; the host reads the file")
        }
        self.source = source
    }

    /// Imports into one list run one after the other. The same file again is the same job once more.
    public var key: Job.Key {
        let which = source.map { String(Digest.sha256(Array($0.path.utf8)).prefix(16)) } ?? "crm\(period)"
        return Job.Key(Self.kind, list, period: which)
    }

    public var json: JSON {
        var members: JSONObject = [
            "list": .string(list), "country": .string(country), "source": source == nil ? "crm" : "file",
        ]
        if let route { members["route"] = .string(route) }
        if !period.isEmpty { members["period"] = .string(period) }
        if let source {
            (members["path"], members["format"]) = (.string(source.path), .string(source.format.rawValue))
            (members["encoding"], members["update"]) = (.string(source.encoding.rawValue), .bool(source.updates))
        }
        return .object(members)
    }
}
