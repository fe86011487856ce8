public import JSONKit
public import PluginKit
import Synchronization

/// The right to use Google's services: an API key, or the tokens of a service account. One for an instance of a plugin,
/// shared by its streams. Any thread.
///
/// A token is asked for once, however many wait for it, and again five minutes before it ends, while the old one is used.
public final class GoogleAccess: Sendable {
    private enum Way {
        case nothing
        /// The names of secrets.
        case key(String)
        case account(String)
    }

    private struct State {
        var token = ""
        /// Of the monotonic clock, in microseconds.
        var expires: UInt64 = 0
        /// Not before this a token is asked for ahead of time.
        var nextTry: UInt64 = 0
        var isAsking = false
        var waiting: [Completion] = []
    }

    typealias Completion = @Sendable (Result<GoogleCredential, PluginProblem>) -> Void

    private let host: Host
    private let way: Way
    private let state = Mutex(State())

    private static let second: UInt64 = 1_000_000
    private static let early = 300 * second
    /// A token must last for as long as a request takes.
    private static let shortest = 30 * second
    /// Between two tries to renew a token that is still good.
    private static let pause = 10 * second
    /// Requests that may wait for a token; more are turned away, so that the route goes on.
    private static let mostWaiting = 10_000

    /// Reads `api_key_secret` (`secret` unless given) and `service_account_secret`, which rules out the former.
    /// - Throws: `.invalid`, naming the members.
    public init(_ host: Host, _ config: JSON, secret: String) throws(PluginProblem) {
        self.host = host
        let account = config["service_account_secret"]?.string ?? ""
        let key = config["api_key_secret"]?.string
        if !account.isEmpty, !(key ?? "").isEmpty {
            throw PluginProblem(.invalid, "api_key_secret, service_account_secret: only one of them can be given")
        }
        let name = key ?? secret
        way = !account.isEmpty ? .account(account) : name.isEmpty ? .nothing : .key(name)
    }

    /// The member of a configuration schema that goes with those of `Endpoint`; no comma at the end.
    public static var properties: String {
        """
        "service_account_secret": {
          "type": "string", "default": "",
          "description": "Name of the secret that holds the key file of a service account; instead of api_key_secret."
        }
        """
    }

    /// What is wrong, as far as can be told without asking Google; nil: nothing known.
    public func health() -> PluginProblem? {
        switch way {
        case .nothing: return nil
        case .key(let name): return host.secret(name) == nil ? missing(name, "api_key_secret") : nil
        case .account(let name):
            do throws(PluginProblem) {
                try account(name).check()
                return nil
            } catch { return error }
        }
    }

    /// Asks for a token if one will be needed, so that the first request does not wait for it.
    public func prepare() {
        if case .account = way { credential { _ in } }
    }

    /// Whether a credential that was refused can be replaced.
    var canRenew: Bool { if case .account = way { true } else { false } }

    /// Gives the credential at once, or when it has come.
    func credential(_ completion: @escaping Completion) {
        switch way {
        case .nothing: return completion(.success(.none))
        case .key(let name):
            guard let key = host.secret(name) else { return completion(.failure(missing(name, "api_key_secret"))) }
            return completion(.success(.key(key)))
        case .account: break
        }
        let now = host.monotonicMicroseconds
        let (result, mustAsk) = state.withLock { state -> (Result<GoogleCredential, PluginProblem>?, Bool) in
            var result: Result<GoogleCredential, PluginProblem>?
            var isDue = true
            if !state.token.isEmpty, now + Self.shortest < state.expires {
                result = .success(.token(state.token))
                isDue = now + Self.early >= state.expires && now >= state.nextTry
            } else if state.waiting.count < Self.mostWaiting {
                state.waiting.append(completion)
            } else {
                result = .failure(PluginProblem(.unavailable, "\(Self.mostWaiting) requests wait for a token"))
            }
            guard isDue, !state.isAsking else { return (result, false) }
            state.isAsking = true
            return (result, true)
        }
        // Signing takes a millisecond, which audio must not wait for.
        if mustAsk { host.after(microseconds: 0) { self.ask() } }
        if let result { completion(result) }
    }

    /// A token that was refused is not used again.
    func forget(_ credential: GoogleCredential) {
        state.withLock { if $0.token == credential.secret { $0.token = "" } }
    }

    // MARK: Asking

    private func ask() {
        do throws(PluginProblem) {
            guard case .account(let name) = way else { return }
            let account = try account(name)
            let assertion = try account.assertion(unixSeconds: Int(host.unixMicroseconds / Self.second))
            var request = HTTPRequest("POST", account.tokenURL)
            request.headers = [("content-type", "application/x-www-form-urlencoded")]
            let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
            request.body = Array("grant_type=\(grant)&assertion=\(assertion)".utf8)
            request.connectMilliseconds = 2000
            request.idleMilliseconds = 5000
            request.totalMilliseconds = 8000
            let answer = WholeAnswer(host, key: assertion, limit: 1 << 16) { result in self.answered(result) }
            _ = try host.send(request, to: answer)
        } catch { settle(.failure(error)) }
    }

    private func answered(_ result: Result<[UInt8], PluginProblem>) {
        switch result {
        case .failure(let problem):
            // The far side knows the account and says no, or it could not be asked.
            let reason: PluginProblem.Reason = problem.reason == .invalid ? .refused : problem.reason
            settle(
                .failure(
                    PluginProblem(
                        reason,
                        "the service account's token: \(problem.text)",
                        isRetryable: problem.isRetryable,
                        retryAfterMilliseconds: problem.retryAfterMilliseconds
                    )
                )
            )
        case .success(let bytes):
            let json = bytes.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
            guard let token = json?["access_token"]?.string, !token.isEmpty else {
                return settle(.failure(PluginProblem(.malformed, "the service account's token: none in the answer")))
            }
            settle(.success((token, UInt64(clamping: json?["expires_in"]?.int ?? 3600))))
        }
    }

    private func settle(_ result: Result<(token: String, seconds: UInt64), PluginProblem>) {
        let now = host.monotonicMicroseconds
        let waiting = state.withLock { state in
            state.isAsking = false
            state.nextTry = now + Self.pause
            if case .success(let (token, seconds)) = result {
                state.token = token
                state.expires = now + min(seconds, 86_400) * Self.second
            }
            defer { state.waiting = [] }
            return state.waiting
        }
        if case .failure(let problem) = result, waiting.isEmpty { host.log(.warning, problem.text) }
        for completion in waiting { completion(result.map { .token($0.token) }) }
    }

    private func account(_ name: String) throws(PluginProblem) -> ServiceAccount {
        guard let file = host.secret(name) else { throw missing(name, "service_account_secret") }
        return try ServiceAccount(file, secret: name)
    }

    private func missing(_ name: String, _ member: String) -> PluginProblem {
        PluginProblem(.refused, "the secret \(name) is not there (\(member))")
    }
}
