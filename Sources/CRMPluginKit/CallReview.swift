import JSONKit
import PluginKit

/// What was found out about a call after it.
public struct CallReview: Sendable {
    public let callID: String
    public let sentiment: String
    public let resolution: String
    public let summary: String

    init(_ data: JSON) throws(PluginProblem) {
        guard let id = data["call_id"]?.string, !id.isEmpty else {
            throw PluginProblem(.invalid, "data.call_id: is required in call.reviewed (a string)")
        }
        callID = id
        // Other systems may judge in numbers.
        func text(_ name: String) -> String { data[name].map { $0.isNull ? "" : $0.string ?? $0.description } ?? "" }
        (sentiment, resolution) = (text("sentiment"), text("resolution"))
        summary = data["summary"]?.string ?? ""
    }

    /// Under the names that settings use.
    public var values: [(name: String, value: String)] {
        [("sentiment", sentiment), ("resolution", resolution), ("summary", summary)].filter { !$0.1.isEmpty }
    }
}
