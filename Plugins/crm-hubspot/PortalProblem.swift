import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// What an answer of HubSpot means that is no success: whether another try can help, and what to mend.
struct PortalProblem {
    private let answer: HTTPAnswer
    private let settings: Settings
    private let json: JSON?

    init(_ answer: HTTPAnswer, _ settings: Settings) {
        (self.answer, self.settings, json) = (answer, settings, answer.json)
    }

    /// HubSpot's own sentence.
    var message: String {
        let text = json?["message"]?.string ?? answer.text
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    var isDailyLimit: Bool { answer.status == 429 && json?["policyName"]?.string == API.daily }

    var dailyText: String {
        "\(start(40)); nothing is asked until it is midnight in the account's time zone (utc_offset_minutes)"
    }

    func make(unixSeconds: Int) -> PluginProblem {
        switch answer.status {
        case 300..<400: refused("base_url must name the API itself: redirects are not followed")
        case 401:
            settings.refreshSecret.isEmpty
                ? refused("token_secret: is \(settings.tokenSecret) the token of a private app that is in use?")
                : refused("refresh_token_secret: is the app still installed?")
        case 403: refused("give the app the scopes to read and write contacts, calls and notes")
        case 404: refused("base_url: there is no such address", length: 60)
        case 400: invalid
        // Somebody else writes to the same contact.
        case 409: PluginProblem(.invalid, start(150), isRetryable: true, retryAfterMilliseconds: 1000)
        case 408, 423, 425, 429, 477, 500...: later(unixSeconds)
        default: PluginProblem(.invalid, start(150))
        }
    }

    private func later(_ unixSeconds: Int) -> PluginProblem {
        var wait = RetryAfter.milliseconds(answer.header, unixSeconds: unixSeconds, longest: 86_400_000)
        if wait == 0, answer.status == 429 {
            let policy = json?["policyName"]?.string ?? ""
            wait = API.limits.first { policy.hasPrefix($0.0) }?.1 ?? 10_000
        }
        return PluginProblem(.unavailable, start(150), retryAfterMilliseconds: wait)
    }

    /// A property that has vanished is for the operator to mend, and everything waits until then; a value that HubSpot does
    /// not take is this record's alone.
    private var invalid: PluginProblem {
        let text = answer.text
        let isAboutProperty = ["does not exist", "DOESNT_EXIST", "not unique", "unique property"].contains {
            text.contains($0)
        }
        for (setting, property) in settings.propertySettings where !property.isEmpty && isAboutProperty {
            guard mentions(property, text) else { continue }
            return PluginProblem(
                .refused,
                "HubSpot: the property \(property) is not there, or not unique (\(setting)): make it as README.md says, or set another"
            )
        }
        let fix = text.contains("INVALID_OPTION") ? " (stage_values, dispositions, new_contact)" : ""
        return PluginProblem(.invalid, start(150) + fix)
    }

    private func mentions(_ property: String, _ text: String) -> Bool {
        text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == property }
    }

    private func refused(_ fix: String, length: Int = 80) -> PluginProblem {
        PluginProblem(.refused, "\(start(length)); \(fix)")
    }

    private func start(_ length: Int) -> String { "HubSpot: HTTP \(answer.status): \(message.prefix(length))" }
}
