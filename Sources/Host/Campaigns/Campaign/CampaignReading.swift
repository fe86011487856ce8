public import JSONKit

/// A campaign's document as far as it can be read, and all that is wrong with it: not only the first problem, because whoever
/// writes a campaign wants to mend it once.
public struct CampaignReading {
    public internal(set) var campaign = Campaign(name: "", agent: "", callerIDs: [], lists: [])
    public internal(set) var findings: [CampaignFinding] = []

    public init(_ json: JSON) {
        guard let fields = attempt(nil, { () throws(FieldError) in try Fields(json) }) else { return }
        readNames(fields)
        readTimes(fields)
        readPace(fields)
        readWindows(fields)
        readCaps(fields)
        readRetries(fields)
        readManner(fields)
        finish(fields)
    }

    public var isValid: Bool { !findings.contains { $0.severity == .error } }

    mutating func error(_ path: String, _ problem: String) { findings.append(CampaignFinding(.error, path, problem)) }
    mutating func warn(_ path: String, _ problem: String) { findings.append(CampaignFinding(.warning, path, problem)) }

    /// What `read` answers; where it throws, the problem is noted and `other` stands for the value.
    mutating func attempt<Value>(_ other: Value, _ read: () throws(FieldError) -> Value) -> Value {
        do throws(FieldError) { return try read() } catch {
            self.error(error.path, error.problem)
            return other
        }
    }

    /// A member that is missing is missing once.
    mutating func finish(_ fields: Fields) {
        for stranger in fields.strangers { error(stranger.path, stranger.problem) }
    }
}
