import JSONKit
import PluginKit
import ProviderKit
import WarehousePluginKit

/// What the service's errors mean: whether another try can help, and what to mend.
enum StatementProblem {
    /// SQLSTATE of what does not exist, or is not for us to see.
    private static let unknownTable = "42S02"
    private static let unknownName = "42000"

    static func make(_ answer: HTTPAnswer, _ host: Host, _ name: String) -> PluginProblem {
        let json = answer.body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
        let code = json?["code"]?.string ?? ""
        let state = json?["sqlState"]?.string ?? ""
        let sentence = json?["message"]?.string ?? String(decoding: answer.body.prefix(200), as: UTF8.self)
        let words = sentence.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(120)
        let text = "\(name): HTTP \(answer.status): \(words) (code \(code), state \(state))"
        let wait = RetryAfter.milliseconds(answer.header, unixSeconds: Int(host.unixMicroseconds / 1_000_000))
        func refused(_ fix: String) -> PluginProblem {
            PluginProblem(.refused, "\(text); \(fix)", isRetryable: false)
        }
        switch answer.status {
        case 401:
            return refused(
                "look at account, user, private_key_secret and the clock: the user's RSA_PUBLIC_KEY must belong to the key"
            )
        case 403: return refused("the role must be allowed to use the API, the database, the schema and the warehouse")
        case 404: return refused("look at account and url")
        case 408: return PluginProblem(.timeout, text)
        case 422 where aboutRows.contains(code): return PluginProblem(.invalid, text)
        case 422: return refused("look at database, schema, warehouse, role and its rights")
        case 429: return PluginProblem(.unavailable, text, retryAfterMilliseconds: wait)
        case 500...: return PluginProblem(.unavailable, text, retryAfterMilliseconds: wait)
        default: return refused("is url that of the account?")
        }
    }

    /// Errors about a value: not a number, not JSON, too long.
    private static let aboutRows: Set<String> = ["100038", "100040", "100069", "100071", "100078", "100132"]

    /// A line that never became an answer.
    static func unreachable(_ problem: PluginProblem, _ name: String, query: String) -> PluginProblem {
        PluginProblem(
            problem.reason,
            "\(name): \(problem.text.replacing(query, with: "")) (account, url)",
            isRetryable: problem.isRetryable,
            retryAfterMilliseconds: problem.retryAfterMilliseconds
        )
    }

    /// Whether the same request, made again at once, may be answered. A statement that took too long would do so again.
    static func isPassing(_ problem: PluginProblem) -> Bool {
        problem.isRetryable && !problem.text.contains("HTTP 408")
    }

    /// Whether a look at the tables may mend it.
    static func isAboutTables(_ problem: PluginProblem) -> Bool {
        problem.text.contains("state \(unknownTable))") || problem.text.contains("(code 000904, state \(unknownName))")
    }
}
