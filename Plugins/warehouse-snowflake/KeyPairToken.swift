import JSONKit
import PluginKit
import ProviderKit
import Synchronization

/// The token that a key pair makes, renewed in time.
final class KeyPairToken: Sendable {
    private let host: Host
    private let settings: Settings
    private let current = Mutex<(token: String, until: Int)>(("", 0))

    /// The service allows an hour; clocks differ.
    private static let lifetime = 3540
    private static let early = 300
    /// A clock that is a little fast would be refused as one that signs in the future.
    private static let tolerance = 10

    init(_ host: Host, _ settings: Settings) { (self.host, self.settings) = (host, settings) }

    /// A token that is good for five minutes at least.
    /// - Throws: `.refused`, naming the secret.
    func token() throws(PluginProblem) -> String {
        let now = Int(host.unixMicroseconds / 1_000_000)
        let known = current.withLock { $0 }
        // A clock that was set back makes an old token one from the future.
        if !known.token.isEmpty, now < known.until - Self.early, known.until <= now + Self.lifetime {
            return known.token
        }
        let issued = now - Self.tolerance
        let token = try make(issued: issued)
        current.withLock { $0 = (token, issued + Self.lifetime) }
        return token
    }

    /// A token that was refused is not used again.
    func forget(_ token: String) { current.withLock { if $0.token == token { $0 = ("", 0) } } }

    private func make(issued: Int) throws(PluginProblem) -> String {
        guard let pem = host.secret(settings.keySecret) else {
            throw PluginProblem(.refused, "the secret \(settings.keySecret) is not there (private_key_secret)")
        }
        guard let key = RSAKey(pem: pem) else { throw unusable }
        let name = "\(settings.account).\(settings.user.uppercased())"
        let claims: JSON = [
            "iss": .string("\(name).SHA256:\(Base64.encode(key.fingerprint))"), "sub": .string(name),
            "iat": .int(Int64(issued)), "exp": .int(Int64(issued + Self.lifetime)),
        ]
        guard let token = key.token(claims) else { throw unusable }
        return token
    }

    private var unusable: PluginProblem {
        PluginProblem(
            .refused,
            "the secret \(settings.keySecret) is no RSA key in PEM without a password (private_key_secret)"
        )
    }
}
