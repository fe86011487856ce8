import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// An account of HubSpot, over its API. Any worker.
final class Portal: Sendable {
    private let host: Host
    private let settings: Settings
    private let access: AccessToken
    private let quota: Quota

    init(_ host: Host, _ settings: Settings) {
        (self.host, self.settings) = (host, settings)
        (access, quota) = (AccessToken(host), Quota(host))
    }

    /// Asks once: longer outages and pauses are for the host to wait out. `accepting`: statuses beside 2xx that the caller
    /// understands.
    /// - Throws: what `PortalProblem` makes of any other answer, and of none.
    func ask(
        _ method: String,
        _ path: String,
        _ body: JSON? = nil,
        accepting: Set<Int> = [],
        within attempt: Attempt
    ) throws(PluginProblem) -> (status: Int, json: JSON) {
        try quota.check()
        let token = try token(attempt)
        var request = HTTPRequest(method, settings.base + path, body: body.map { Array($0.description.utf8) } ?? [])
        request.headers = [("authorization", "Bearer \(token)"), ("accept", "application/json")]
        if body != nil { request.headers.append(("content-type", "application/json")) }
        let answer = try exchange(request, attempt)
        if (200..<300).contains(answer.status) || accepting.contains(answer.status) && answer.json != nil {
            return (answer.status, try answer.json(from: "HubSpot", setting: "base_url"))
        }
        throw problem(answer).striking(out: token)
    }

    /// What an answer means that the caller did not understand after all.
    func problem(_ status: Int, _ json: JSON) -> PluginProblem {
        problem(HTTPAnswer(status: status, body: Array(json.description.utf8)))
    }

    private func problem(_ answer: HTTPAnswer) -> PluginProblem {
        let problem = PortalProblem(answer, settings)
        let now = Int64(host.unixMicroseconds / 1000)
        guard problem.isDailyLimit else { return problem.make(unixSeconds: Int(now / 1000)) }
        let day: Int64 = 86_400_000
        let ofDay = (now + Int64(settings.offsetMinutes) * 60_000) % day
        return quota.close(milliseconds: Int(day - ofDay), problem.dailyText)
    }

    private func exchange(_ request: HTTPRequest, _ attempt: Attempt) throws(PluginProblem) -> HTTPAnswer {
        var request = request
        request.connectMilliseconds = settings.connectMilliseconds
        do throws(PluginProblem) { return try attempt.exchange(request) } catch {
            throw PluginProblem(
                error.reason,
                "HubSpot: \(error.text) (base_url)",
                isRetryable: error.isRetryable,
                retryAfterMilliseconds: error.retryAfterMilliseconds
            )
        }
    }

    private func token(_ attempt: Attempt) throws(PluginProblem) -> String {
        if let missing = settings.missingSecret(host) { throw missing }
        guard !settings.refreshSecret.isEmpty else { return host.secret(settings.tokenSecret) ?? "" }
        return try access.grant(attempt) { () throws(PluginProblem) in try refresh(attempt) }.token
    }

    /// A new token, which lasts for half an hour; HubSpot says that a 401 is no sign of its end.
    private func refresh(_ attempt: Attempt) throws(PluginProblem) -> AccessToken.Grant {
        let (secret, refresh) = (host.secret(settings.clientSecret) ?? "", host.secret(settings.refreshSecret) ?? "")
        let answer = try exchange(
            .form(
                settings.base + API.token,
                [
                    ("grant_type", "refresh_token"), ("client_id", settings.clientID), ("client_secret", secret),
                    ("refresh_token", refresh),
                ]
            ),
            attempt
        )
        guard answer.status == 200 else {
            let problem = PortalProblem(answer, settings).make(unixSeconds: Int(host.unixMicroseconds / 1_000_000))
            guard (400..<500).contains(answer.status), !problem.isRetryable else { throw problem }
            let message = PortalProblem(answer, settings).message.prefix(80)
            throw PluginProblem(
                .refused,
                "HubSpot: no token: \(message); look at client_id, client_secret_secret and refresh_token_secret"
            ).striking(out: secret).striking(out: refresh)
        }
        let json = try answer.json(from: "HubSpot", setting: "base_url")
        guard let token = json["access_token"]?.string, !token.isEmpty else {
            throw PluginProblem(.malformed, "HubSpot: the answer to refresh_token_secret has no access_token")
        }
        return AccessToken.Grant(token: token, seconds: Int(clamping: json["expires_in"]?.int ?? 1800))
    }
}
