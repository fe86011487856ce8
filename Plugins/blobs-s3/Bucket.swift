import PluginKit
import ProviderKit
import Synchronization

/// Signed requests to one bucket. Functions block; any worker.
final class Bucket: Sendable {
    let host: Host
    let settings: Settings
    /// Nobody waits for the stream any more: nothing further is begun.
    private let isGivenUp = Atomic<Bool>(false)

    init(_ host: Host, _ settings: Settings) { (self.host, self.settings) = (host, settings) }

    /// How errors call it.
    var name: String { "S3 bucket \(settings.bucket) at \(settings.base)" }

    /// From any thread.
    func giveUp() { isGivenUp.store(true, ordering: .releasing) }

    /// A request before it is signed.
    struct Ask {
        var method: String
        /// In the bucket; empty: the bucket itself.
        var key: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// SHA-256 of the body, where it is known already.
        var bodyHash: [UInt8]?
        var totalMilliseconds: Int?
        /// Statuses that are answers, not errors.
        var accepted: Set<Int> = [200, 204]

        init(_ method: String, _ key: String) { (self.method, self.key) = (method, key) }
    }

    /// Where a blob is found.
    func url(_ key: String) -> String {
        settings.base + "\(settings.root)/\(key)".percentEncoded(keepingSlashes: true)
    }

    /// Asks until there is an answer, a few times at most.
    func ask(_ ask: Ask) throws(PluginProblem) -> HTTPAnswer {
        var tries = 0
        while true {
            guard !isGivenUp.load(ordering: .acquiring) else {
                throw PluginProblem(.cancelled, "\(name): given up", isRetryable: true)
            }
            do throws(PluginProblem) { return try once(ask) } catch {
                tries += 1
                guard error.isRetryable, tries < settings.tries, error.retryAfterMilliseconds <= Self.longestPause
                else { throw error }
                let pause = max(error.retryAfterMilliseconds, Self.firstPause << (tries - 1))
                Pause.wait(microseconds: UInt64(min(pause, Self.longestPause)) * 1000)
            }
        }
    }

    private static let firstPause = 150
    private static let longestPause = 2000

    private func once(_ ask: Ask) throws(PluginProblem) -> HTTPAnswer {
        let secretKey = try secret(settings.secretKeySecret, "secret_key_secret")
        var signed = SignatureV4.Request(
            ask.method,
            host: settings.hostHeader,
            path: ask.key.isEmpty ? "\(settings.root)/" : "\(settings.root)/\(ask.key)",
            query: ask.query,
            headers: ask.headers
        )
        signed.payloadHash = Hash.hex(ask.bodyHash ?? Hash.sha256(ask.body))
        let signer = SignatureV4(
            accessKey: try secret(settings.accessKeySecret, "access_key_secret"),
            secretKey: secretKey,
            sessionToken: settings.sessionTokenSecret.isEmpty
                ? "" : try secret(settings.sessionTokenSecret, "session_token_secret"),
            region: settings.region
        )
        let now = Int(host.unixMicroseconds / 1_000_000)
        var request = HTTPRequest(ask.method, settings.base + signed.target, body: ask.body)
        request.headers = signer.headers(signed, unixSeconds: now)
        request.connectMilliseconds = min(settings.connectMilliseconds, ask.totalMilliseconds ?? Int.max)
        request.totalMilliseconds = ask.totalMilliseconds ?? settings.totalMilliseconds
        request.idleMilliseconds = request.totalMilliseconds
        let answer: HTTPAnswer
        do throws(PluginProblem) { answer = try host.exchange(request) } catch {
            throw PluginProblem(
                error.reason,
                "\(name): \(Self.short(error.text)) (endpoint)",
                isRetryable: error.isRetryable,
                retryAfterMilliseconds: error.retryAfterMilliseconds
            )
        }
        // Putting parts together takes so long that the status is sent before it is known what comes of it.
        let isFailure = ask.method == "POST" && XML.isRoot("Error", in: answer.body)
        if ask.accepted.contains(answer.status), !isFailure { return answer }
        let problem = StoreProblem.make(answer, self, unixSeconds: now).striking(out: secretKey)
        throw ask.method == "HEAD" ? explained(problem) : problem
    }

    /// Without the address of the request, which is longer than what matters.
    private static func short(_ text: String) -> String {
        guard let start = text.firstRange(of: "http"), let end = text[start.lowerBound...].firstIndex(of: ":"),
            let rest = text[end...].firstRange(of: ": ")
        else { return text.contains("http") ? "no answer in time" : text }
        return String(text[rest.upperBound...])
    }

    private func secret(_ name: String, _ member: String) throws(PluginProblem) -> String {
        guard let value = host.secret(name) else {
            throw PluginProblem(.refused, "\(self.name): the secret \(name) is not there (\(member))")
        }
        return value
    }

    // MARK: Health

    /// The longest that a question after its health may take.
    private static let healthMilliseconds = 1500

    /// Whether the bucket is there and ours; nil if so.
    func problem() -> PluginProblem? {
        var question = Ask("HEAD", "")
        question.totalMilliseconds = Self.healthMilliseconds
        do throws(PluginProblem) {
            _ = try once(question)
            return nil
        } catch { return error }
    }

    /// The answer to a HEAD has no body that says why it was refused; that to a like question by GET has one.
    private func explained(_ problem: PluginProblem) -> PluginProblem {
        guard !problem.isRetryable else { return problem }
        var question = Ask("GET", "")
        question.query = [("list-type", "2"), ("max-keys", "1")]
        question.totalMilliseconds = Self.healthMilliseconds
        do throws(PluginProblem) {
            _ = try once(question)
            return problem
        } catch { return error.isRetryable ? problem : error }
    }
}
