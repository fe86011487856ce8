import JSONKit
import PluginKit

/// What an answer other than 200 means.
enum Refusal {
    static func problem(
        status: Int,
        headers: [(name: String, value: String)],
        body: [UInt8],
        unixSeconds: Int
    ) -> PluginProblem {
        let json = body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
        let text = "HTTP \(status): \(json.flatMap(message) ?? String(decoding: body.prefix(150), as: UTF8.self))"
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        let error = json?["error"] ?? json
        let names = [error?["code"]?.string, error?["type"]?.string]
        // Nothing but money helps against this one.
        let isOutOfQuota = names.contains("insufficient_quota")
        var (reason, isRetryable): (PluginProblem.Reason, Bool) =
            switch status {
            case 401, 402, 403: (.refused, false)
            case 408: (.timeout, true)
            case 429: isOutOfQuota ? (.refused, false) : (.unavailable, true)
            case 409, 425: (.unavailable, true)
            case 500...: (.unavailable, true)
            case 400..<500: (.invalid, false)
            default: (.malformed, false)
            }
        switch header("x-should-retry") {
        case "true" where !isOutOfQuota: isRetryable = true
        case "false": isRetryable = false
        default: break
        }
        if isOutOfQuota { reason = .refused }
        let wait = isRetryable ? RetryAfter.milliseconds(header, unixSeconds: unixSeconds) : 0
        return PluginProblem(reason, text, isRetryable: isRetryable, retryAfterMilliseconds: wait)
    }

    /// An error in the midst of a stream.
    static func problem(midStream error: JSON) -> PluginProblem {
        PluginProblem(.unavailable, "in mid-answer: \(message(["error": error]) ?? "an error without a message")")
    }

    /// The sentence for people, wherever this server puts it.
    private static func message(_ json: JSON) -> String? {
        let error = json["error"] ?? json
        return error["message"]?.string ?? error.string ?? json["message"]?.string
            ?? json["detail"]?[0]?["msg"]?.string ?? json["detail"]?.string
    }
}
