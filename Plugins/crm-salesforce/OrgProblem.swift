import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// What an answer of Salesforce means that is no success: whether another try can help, and what to mend. Errors come as a
/// list of `{"message", "errorCode", "fields"}`.
struct OrgProblem {
    private let answer: HTTPAnswer
    private let settings: Settings
    private let code: String
    private let message: String
    private let fields: [String]

    init(_ answer: HTTPAnswer, _ settings: Settings) {
        (self.answer, self.settings) = (answer, settings)
        let error = answer.status < 300 ? nil : answer.json?[0]
        code = error?["errorCode"]?.string ?? ""
        let text = error?["message"]?.string ?? (answer.status < 300 ? "" : answer.text)
        message = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        fields = error?["fields"]?.array?.compactMap(\.string) ?? []
    }

    /// Another transaction holds the row.
    var isLocked: Bool { code == API.lockedRow }
    var isOutOfRequests: Bool { code == API.tooManyRequests }
    /// A 404 about the field that the address names, not about a record.
    var isAboutIDField: Bool { answer.status == 404 && message.contains(API.noIDField) }

    var quotaText: String { "\(start(50)); nothing is asked for an hour: the org's requests of 24 h are used up" }

    func make(unixSeconds: Int) -> PluginProblem {
        if isAboutIDField { return missingField }
        switch (answer.status, code) {
        case (_, API.lockedRow), (_, API.duplicateValue):
            return PluginProblem(.invalid, start(150), isRetryable: true, retryAfterMilliseconds: 2000)
        case (300, _): return PluginProblem(.invalid, "Salesforce: several records have this external ID; merge them")
        case (301..<400, _): return refused("login_url must name the org itself: redirects are not followed")
        case (401, _):
            return refused(
                "look at the rights of \(settings.username.isEmpty ? "the app" : "username"): a new token was refused, too"
            )
        case (403, _): return refused("give the user the right to use the API, leads and tasks, and their fields")
        case (404, _): return PluginProblem(.invalid, "\(start(120)); was it deleted?")
        case (408, _), (429, _), (500..., _):
            let wait = RetryAfter.milliseconds(answer.header, unixSeconds: unixSeconds, longest: 86_400_000)
            return PluginProblem(.unavailable, start(150), retryAfterMilliseconds: wait)
        default: return aboutRecord
        }
    }

    private var aboutRecord: PluginProblem {
        if API.missing.contains(code) { return missingField }
        switch code {
        // Whoever sets the missing ones mends all that wait.
        case API.required: return refused("set \(fields.joined(separator: ", ")) in new_lead")
        case API.converted:
            return PluginProblem(.invalid, "Salesforce: the lead was converted, and scores have no place in a contact")
        case API.duplicates:
            let fix =
                "a duplicate rule forbids it: write the number into \(settings.leadIDField) of the lead that is there"
            return PluginProblem(.invalid, "\(start(60)); \(fix)")
        case API.picklist: return PluginProblem(.invalid, "\(start(120)) (stage_values, dispositions, new_lead)")
        default: return PluginProblem(.invalid, start(150))
        }
    }

    /// A field that has vanished is for the operator to mend, and everything waits until then.
    private var missingField: PluginProblem {
        let words = Set(message.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init) + fields)
        for (setting, field) in settings.fieldSettings where words.contains(field) {
            return PluginProblem(
                .refused,
                "Salesforce: the field \(field) is not there, or hidden from the user (\(setting)): make it as README.md says, or set another"
            )
        }
        return refused("look at leads_where and leads_fields, new_lead and the user's rights")
    }

    private func refused(_ fix: String) -> PluginProblem { PluginProblem(.refused, "\(start(80)); \(fix)") }

    private func start(_ length: Int) -> String {
        "Salesforce: HTTP \(answer.status) \(code)\(code.isEmpty ? "" : ": ")\(message.prefix(length))"
    }
}
