/// A file of leads, and how it is read.
public struct LeadSource: Sendable, Equatable {
    public enum Format: String, Sendable, CaseIterable { case csv, jsonl }

    /// On the host.
    public var path: String
    public var list: String
    /// Of numbers without a country code; empty: such numbers are refused.
    public var country = ""
    public var format: Format
    public var encoding = LeadEncoding.utf8
    /// Leads that are there already take what the file says of the person.
    public var updates = false

    /// The format follows from the file's name where nobody says it.
    public init(path: String, list: String, format: Format? = nil) {
        (self.path, self.list) = (path, list)
        let name = path.lowercased()
        self.format = format ?? ([".jsonl", ".ndjson"].contains { name.hasSuffix($0) } ? .jsonl : .csv)
    }

    /// Where the rows are told of that are no leads.
    public var refusedPath: String { path + ".refused.jsonl" }
}
