import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// How the connected app asks for a token.
struct Login {
    private let host: Host
    private let settings: Settings

    init(_ host: Host, _ settings: Settings) { (self.host, self.settings) = (host, settings) }

    /// What is posted.
    /// - Throws: `.refused`, naming the secret that is missing or wrong.
    func form() throws(PluginProblem) -> [(name: String, value: String)] {
        switch settings.grant {
        case .jwtBearer: return [("grant_type", API.jwtBearer), ("assertion", try assertion())]
        case .refreshToken:
            return [
                ("grant_type", "refresh_token"), ("client_id", settings.consumerKey),
                ("client_secret", try secret(settings.clientSecret, "client_secret_secret")),
                ("refresh_token", try secret(settings.refreshSecret, "refresh_token_secret")),
            ]
        case .clientCredentials:
            return [
                ("grant_type", "client_credentials"), ("client_id", settings.consumerKey),
                ("client_secret", try secret(settings.clientSecret, "client_secret_secret")),
            ]
        }
    }

    /// The answer as a grant. Salesforce does not say how long a token is good: until it is refused.
    func grant(_ answer: HTTPAnswer) throws(PluginProblem) -> AccessToken.Grant {
        guard answer.status == 200 else { throw problem(answer) }
        let json = try answer.json(from: "Salesforce", setting: "login_url")
        guard let token = json["access_token"]?.string, !token.isEmpty, var base = json["instance_url"]?.string,
            base.hasPrefix("http")
        else {
            throw PluginProblem(
                .malformed,
                "Salesforce: a token's answer without access_token or instance_url (login_url)"
            )
        }
        while base.hasSuffix("/") { base.removeLast() }
        return AccessToken.Grant(token: token, base: base)
    }

    private func problem(_ answer: HTTPAnswer) -> PluginProblem {
        let error = answer.json?["error"]?.string ?? ""
        let words = answer.json?["error_description"]?.string ?? error
        let text = "Salesforce: no token: HTTP \(answer.status) \(words.prefix(60))"
        if answer.status == 429 || answer.status >= 500 || words.contains("rate exceeded") {
            let now = Int(host.unixMicroseconds / 1_000_000)
            let wait = RetryAfter.milliseconds(answer.header, unixSeconds: now, longest: 86_400_000)
            return PluginProblem(.unavailable, text, retryAfterMilliseconds: wait)
        }
        let settings =
            switch settings.grant {
            case .jwtBearer:
                "consumer_key, username, private_key_secret, login_url and the clock; is the user approved?"
            case .refreshToken: "consumer_key, client_secret_secret, refresh_token_secret and login_url"
            case .clientCredentials: "consumer_key, client_secret_secret and login_url, which must be the My Domain"
            }
        return PluginProblem(.refused, "\(text); look at \(settings)")
    }

    private func assertion() throws(PluginProblem) -> String {
        let pem = try secret(settings.keySecret, "private_key_secret")
        let expires = Int64(host.unixMicroseconds / 1_000_000) + Int64(API.assertionLifetime)
        let claims: JSON = [
            "iss": .string(settings.consumerKey), "sub": .string(settings.username), "aud": .string(settings.loginURL),
            "exp": .int(expires),
        ]
        guard let token = RSAKey(pem: pem)?.token(claims) else {
            let text =
                "Salesforce: the secret \(settings.keySecret) is no RSA key in PEM without a password (private_key_secret)"
            throw PluginProblem(.refused, text)
        }
        return token
    }

    private func secret(_ name: String, _ setting: String) throws(PluginProblem) -> String {
        guard let secret = host.secret(name) else {
            throw PluginProblem(.refused, "Salesforce: the secret \(name) is not there (\(setting))")
        }
        return secret
    }
}
