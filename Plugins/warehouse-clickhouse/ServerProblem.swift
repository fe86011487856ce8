import PluginKit
import ProviderKit
import WarehousePluginKit

/// What ClickHouse's errors mean: whether another try can help, and what to mend.
enum ServerProblem {
    private static let tableCodes = [60, 16, 47]

    static func make(_ answer: HTTPAnswer, _ host: Host, _ name: String) -> PluginProblem {
        guard let code = code(of: answer) else {
            let problem = Refusal.problem(
                status: answer.status,
                headers: answer.headers,
                body: Array(answer.body.prefix(300)),
                host: host
            )
            return PluginProblem(
                problem.isRetryable ? problem.reason : .refused,
                "\(name): \(problem.text); is url that of the HTTP interface?",
                isRetryable: problem.isRetryable,
                retryAfterMilliseconds: problem.retryAfterMilliseconds
            )
        }
        let line = answer.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let text = "\(name): \(sentence(line)) (code \(code))"
        let wait = RetryAfter.milliseconds(answer.header, unixSeconds: Int(host.unixMicroseconds / 1_000_000))
        func refused(_ fix: String) -> PluginProblem {
            PluginProblem(.refused, "\(text); \(fix)", isRetryable: false)
        }
        switch code {
        case 192, 193, 194, 516: return refused("set user and password_secret")
        case 497, 164, 392:
            return refused("the user must be granted SELECT, INSERT, ALTER and CREATE TABLE on the database")
        case 81: return refused("make it, or set database to one that is there")
        // It is made with the next try.
        case 60: return PluginProblem(.unavailable, text)
        case 159, 160: return PluginProblem(.timeout, text, retryAfterMilliseconds: wait)
        // Too many parts: merging needs a while.
        case 252: return PluginProblem(.unavailable, text, retryAfterMilliseconds: max(wait, 5000))
        case 3, 74, 75, 76, 95, 173, 198, 202, 203, 209, 210, 225, 236, 241, 242, 243, 279, 285, 286, 319, 341, 373,
            394,
            425, 439, 999:
            return PluginProblem(.unavailable, text, retryAfterMilliseconds: max(wait, 1000))
        default:
            if rowCodes.contains(code) { return PluginProblem(.invalid, text) }
            if answer.status >= 500, !permanent.contains(code) {
                return PluginProblem(.unavailable, text, retryAfterMilliseconds: wait)
            }
            return PluginProblem(.refused, text, isRetryable: false)
        }
    }

    /// Errors about a row.
    private static let rowCodes: Set<Int> = [6, 26, 27, 38, 41, 53, 69, 72, 117, 130, 441]
    /// Errors about what the server cannot do, which older ones answer with 500.
    private static let permanent: Set<Int> = [16, 36, 44, 47, 57, 62, 115]

    /// A line that never became an answer.
    static func unreachable(_ problem: PluginProblem, _ name: String, query: String) -> PluginProblem {
        PluginProblem(
            problem.reason,
            "\(name): \(problem.text.replacing("/?\(query)", with: "")) (url)",
            isRetryable: problem.isRetryable,
            retryAfterMilliseconds: problem.retryAfterMilliseconds
        )
    }

    /// Whether a look at the tables may mend it.
    static func isAboutTables(_ problem: PluginProblem) -> Bool {
        tableCodes.contains { problem.text.contains("(code \($0))") }
    }

    /// The code in the header, or, from older servers, at the beginning of the text.
    private static func code(of answer: HTTPAnswer) -> Int? {
        if let header = answer.header("x-clickhouse-exception-code") { return Int(header) }
        guard let start = answer.text.firstRange(of: "Code: ") else { return nil }
        return Int(answer.text[start.upperBound...].prefix { $0.isNumber })
    }

    /// The words for people, without what every error of the server begins and ends with.
    private static func sentence(_ line: String) -> String {
        var text = line[...]
        if let start = text.firstRange(of: "DB::Exception: ") { text = text[start.upperBound...] }
        for tail in [", e.what()", " (version ", ". (", " Stack trace"] {
            if let end = text.firstRange(of: tail) { text = text[..<end.lowerBound] }
        }
        return String(text.prefix(120))
    }
}
