import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// Tasks: calls and notes, each once by our identifier in their external one. Any worker.
final class Tasks: Sendable {
    private let settings: Settings
    private let org: Org
    private let turns = Turns()

    private static let path = "/sobjects/Task"
    /// A review that comes before its call asks again after so long.
    private static let patience = 30_000

    init(_ settings: Settings, _ org: Org) { (self.settings, self.org) = (settings, org) }

    /// Writes a task, unless it is there. `person` is asked only if it is not.
    func log(
        _ key: String,
        _ fields: JSONObject,
        _ attempt: Attempt,
        person: () throws(PluginProblem) -> String?
    ) throws(PluginProblem) -> String {
        try turns.take(key, attempt) { () throws(PluginProblem) in
            if let id = try find(key, attempt) { return "Task/\(id)" }
            var fields = fields
            if let person = try person() { fields["WhoId"] = .string(person) }
            let answer = try org.ask("PATCH", address(key), fields, within: attempt)
            if let id = answer.json["id"]?.string { return "Task/\(id)" }
            return "Task/\(try find(key, attempt) ?? key)"
        }
    }

    /// Writes what was found out about a call to it.
    func complete(_ review: CallReview, _ attempt: Attempt) throws(PluginProblem) -> String {
        let fields = settings.fields(of: review)
        let path = "\(address(review.callID))?updateOnly=true"
        guard !fields.isEmpty, try org.ask("PATCH", path, fields, accepting: [404], within: attempt).status == 404
        else {
            return "Task/\(review.callID)"
        }
        throw PluginProblem(
            .invalid,
            "Salesforce: the call \(review.callID) is not there yet; its outcome comes first (delivery list)",
            isRetryable: true,
            retryAfterMilliseconds: Self.patience
        )
    }

    private func address(_ key: String) -> String { "\(Self.path)/\(settings.taskIDField)/\(key.percentEncoded())" }

    private func find(_ key: String, _ attempt: Attempt) throws(PluginProblem) -> String? {
        let answer = try org.ask("GET", "\(address(key))?fields=Id", accepting: [404], within: attempt)
        return answer.status == 404 ? nil : answer.json["Id"]?.string
    }
}
