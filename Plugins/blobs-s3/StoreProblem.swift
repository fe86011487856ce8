import PluginKit
import ProviderKit

/// What the store's errors mean: whether another try can help, and what to mend.
enum StoreProblem {
    /// Codes that pass, whatever the status.
    private static let passing: Set<String> = [
        "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "RequestTimeoutException",
        "PriorRequestNotComplete", "RequestLimitExceeded", "BandwidthLimitExceeded", "TooManyRequests",
        "OperationAborted", "ConditionalRequestConflict", "TemporaryRedirect", "Busy",
    ]
    /// Bytes that were changed on their way.
    private static let damaged: Set<String> = [
        "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody",
    ]

    /// Reads the answer to a request; `body` where the error came with another status.
    static func make(_ answer: HTTPAnswer, _ bucket: Bucket, unixSeconds: Int) -> PluginProblem {
        let code = XML.text(of: "Code", in: answer.body) ?? ""
        let message = (XML.text(of: "Message", in: answer.body) ?? "").prefix(70)
        let settings = bucket.settings
        let what = code.isEmpty ? "HTTP \(answer.status)" : code
        let text = "\(bucket.name): \(what)"
        func refused(_ fix: String) -> PluginProblem {
            PluginProblem(.refused, "\(text); \(fix)", isRetryable: false)
        }
        let isOverloaded = [408, 429, 500, 502, 503, 504].contains(answer.status)
        if passing.contains(code) || damaged.contains(code) || code.hasPrefix("Throttl") || isOverloaded {
            let wait = RetryAfter.milliseconds(answer.header, unixSeconds: unixSeconds)
            return PluginProblem(
                code == "RequestTimeout" ? .timeout : .unavailable,
                message.isEmpty ? text : "\(text): \(message)",
                isRetryable: true,
                retryAfterMilliseconds: wait
            )
        }
        switch code {
        case "InvalidAccessKeyId", "AuthFailure":
            return refused("no such access key: set the secret \(settings.accessKeySecret) (access_key_secret)")
        case "SignatureDoesNotMatch":
            return refused(
                "the secret \(settings.secretKeySecret) is not that of the access key (secret_key_secret)"
            )
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            let name = settings.sessionTokenSecret
            return refused("renew the secret \(name.isEmpty ? "of the session token" : name) (session_token_secret)")
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            return refused("\(skew(answer, unixSeconds)): set this machine's clock (NTP)")
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            return refused("allow the key s3:PutObject, GetObject, DeleteObject and ListBucket on the bucket")
        case "NoSuchBucket", "InvalidBucketName": return refused("make the bucket, or set bucket to one that is there")
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
            "IllegalLocationConstraint":
            return refused("the bucket is in \(region(answer)): set region, or endpoint")
        case "InvalidStorageClass", "KMS.NotFoundException", "KMS.DisabledException":
            return refused("set storage_class, encryption or kms_key_id")
        case "NotImplemented", "MethodNotAllowed":
            return refused("the store cannot do this; \(message)")
        default: return other(answer, text, String(message), region(answer))
        }
    }

    /// A status without a code that we know; a HEAD's has none.
    private static func other(
        _ answer: HTTPAnswer,
        _ text: String,
        _ message: String,
        _ region: String
    ) -> PluginProblem {
        switch answer.status {
        case 301, 307: PluginProblem(.refused, "\(text); the bucket is in \(region): set region, or endpoint")
        case 404: PluginProblem(.refused, "\(text) \(message); is there such a bucket? (bucket, endpoint)")
        case 401, 403: PluginProblem(.refused, "\(text) \(message); see access_key_secret and secret_key_secret")
        case 400..<500: PluginProblem(.invalid, "\(text) \(message)")
        default: PluginProblem(.malformed, "\(text); is endpoint that of an S3 store?")
        }
    }

    private static func region(_ answer: HTTPAnswer) -> String {
        answer.header("x-amz-bucket-region") ?? XML.text(of: "Region", in: answer.body) ?? "another region"
    }

    /// How far the clocks are apart, by the time in the answer.
    private static func skew(_ answer: HTTPAnswer, _ unixSeconds: Int) -> String {
        guard let theirs = answer.header("date").flatMap(RetryAfter.date), theirs != unixSeconds else {
            return "the clocks differ"
        }
        let seconds = unixSeconds - theirs
        return "our clock is \(abs(seconds)) s \(seconds > 0 ? "ahead of" : "behind") the store's"
    }

    static func isMissingUpload(_ problem: PluginProblem) -> Bool { problem.text.contains(": NoSuchUpload") }

    /// An upload that cannot be gone on with: its parts are not ours.
    static func isBrokenUpload(_ problem: PluginProblem) -> Bool {
        [": NoSuchUpload", ": InvalidPart", ": InvalidPartOrder", ": EntityTooSmall", ": InvalidRequest"].contains {
            problem.text.contains($0)
        }
    }

    static func isMissingObject(_ problem: PluginProblem) -> Bool { problem.text.contains(": NoSuchKey") }
}
