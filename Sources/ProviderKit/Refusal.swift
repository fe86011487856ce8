public import JSONKit
public import PluginKit

/// What an answer other than 200 means.
public enum Refusal {
    /// Reads the error of any vendor: whether another try can help, when, and the sentence for people. A longer wait than
    /// `longestWait` (milliseconds) is not believed.
    public static func problem(
        status: Int,
        headers: [(name: String, value: String)],
        body: [UInt8],
        host: Host,
        longestWait: Int = RetryAfter.longestForCaller
    ) -> PluginProblem {
        let json = body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
        let text = "HTTP \(status): \(json.flatMap(message) ?? String(decoding: body.prefix(150), as: UTF8.self))"
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        let error = json?["error"] ?? json
        let names = [error?["code"]?.string, error?["type"]?.string, json?["detail"]?["status"]?.string]
        // Nothing but money helps against these.
        let isOutOfQuota = names.contains("insufficient_quota") || names.contains("quota_exceeded")
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
        let now = Int(host.unixMicroseconds / 1_000_000)
        var wait = isRetryable ? RetryAfter.milliseconds(header, unixSeconds: now, longest: longestWait) : 0
        if isRetryable, wait == 0 { wait = RetryAfter.milliseconds(details: error?["details"]) }
        return PluginProblem(reason, text, isRetryable: isRetryable, retryAfterMilliseconds: wait)
    }

    /// An error in the midst of a stream.
    public static func problem(midStream error: JSON) -> PluginProblem {
        PluginProblem(.unavailable, "in mid-answer: \(message(["error": error]) ?? "an error without a message")")
    }

    /// The sentence for people, wherever this server puts it.
    private static func message(_ json: JSON) -> String? {
        let error = json["error"] ?? json
        let detail = json["detail"]
        let places: [JSON?] = [
            error["message"], json["error_description"], error, json["message"], json["err_msg"], detail?[0]?["msg"],
            detail?["message"], detail,
        ]
        return places.lazy.compactMap { $0?.string }.first
    }
}
