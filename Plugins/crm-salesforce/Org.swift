import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// An organisation in Salesforce, over its REST API. Any worker.
final class Org: Sendable {
    private let host: Host
    private let settings: Settings
    private let access: AccessToken
    private let quota: Quota

    /// How often a row that another transaction holds is tried, with growing waits, before the record has to come again.
    private static let lockTries = 4
    private static let lockWait = 100

    init(_ host: Host, _ settings: Settings) {
        (self.host, self.settings) = (host, settings)
        (access, quota) = (AccessToken(host), Quota(host))
    }

    /// Asks; a token that is refused is replaced once, a locked row tried a few times. `path` follows the version.
    /// `accepting`: statuses beside 2xx that the caller understands. An empty answer is null.
    /// - Throws: what `OrgProblem` makes of any other answer, and of none.
    func ask(
        _ method: String,
        _ path: String,
        _ body: JSONObject? = nil,
        accepting: Set<Int> = [],
        within attempt: Attempt
    ) throws(PluginProblem) -> (status: Int, json: JSON) {
        try quota.check()
        var hasRenewed = false
        var locked = 0
        while true {
            let grant = try access.grant(attempt) { () throws(PluginProblem) in try login(attempt) }
            let answer = try send(method, path, body, grant, attempt)
            if (200..<300).contains(answer.status), answer.body.isEmpty { return (answer.status, .null) }
            let problem = OrgProblem(answer, settings)
            if answer.status == 401 {
                access.forget(grant.token)
                if !hasRenewed {
                    hasRenewed = true
                    continue
                }
            }
            if problem.isLocked, locked < Self.lockTries - 1 {
                locked += 1
                let wait = Self.lockWait << locked
                try attempt.pause(milliseconds: Int.random(in: wait / 2...wait))
                continue
            }
            if (200..<300).contains(answer.status) || accepting.contains(answer.status) && !problem.isAboutIDField {
                return (answer.status, try answer.json(from: "Salesforce", setting: "login_url"))
            }
            throw make(problem).striking(out: grant.token)
        }
    }

    private func make(_ problem: OrgProblem) -> PluginProblem {
        guard !problem.isOutOfRequests else { return quota.close(milliseconds: .max, problem.quotaText) }
        return problem.make(unixSeconds: Int(host.unixMicroseconds / 1_000_000))
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: JSONObject?,
        _ grant: AccessToken.Grant,
        _ attempt: Attempt
    ) throws(PluginProblem) -> HTTPAnswer {
        var request = HTTPRequest(method, "\(grant.base)/services/data/\(settings.version)\(path)")
        request.headers = [("authorization", "Bearer \(grant.token)"), ("accept", "application/json")]
        if let body {
            request.headers.append(("content-type", "application/json"))
            request.body = Array(JSON.object(body).description.utf8)
        }
        return try exchange(request, "instance_url of the token's answer", attempt)
    }

    private func login(_ attempt: Attempt) throws(PluginProblem) -> AccessToken.Grant {
        let login = Login(host, settings)
        let form = try login.form()
        let answer = try exchange(.form(settings.loginURL + API.token, form), "login_url", attempt)
        do throws(PluginProblem) { return try login.grant(answer) } catch {
            throw form.dropFirst().filter { $0.name != "client_id" }.reduce(error) { $0.striking(out: $1.value) }
        }
    }

    private func exchange(_ request: HTTPRequest, _ setting: String, _ attempt: Attempt) throws(PluginProblem)
        -> HTTPAnswer
    {
        var request = request
        request.connectMilliseconds = settings.connectMilliseconds
        do throws(PluginProblem) { return try attempt.exchange(request) } catch {
            throw PluginProblem(
                error.reason,
                "Salesforce: \(error.text) (\(setting))",
                isRetryable: error.isRetryable,
                retryAfterMilliseconds: error.retryAfterMilliseconds
            )
        }
    }
}
