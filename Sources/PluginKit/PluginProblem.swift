import PluginAPI

/// Why something did not work: a reason for the host's decisions and a text for people.
public struct PluginProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Int32, Sendable {
        /// The request or the configuration is wrong; name the field.
        case invalid = 1
        /// The far side says no: credentials, quota.
        case refused
        /// The far side cannot be reached, or is overloaded.
        case unavailable
        case timeout
        /// The far side's answer makes no sense.
        case malformed
        case cancelled
        case fault
    }

    public let reason: Reason
    /// The same request may succeed later.
    public let isRetryable: Bool
    public let retryAfterMilliseconds: Int
    public let text: String

    /// Retryable unless told otherwise: what is unavailable or timed out.
    public init(_ reason: Reason, _ text: String, isRetryable: Bool? = nil, retryAfterMilliseconds: Int = 0) {
        (self.reason, self.text, self.retryAfterMilliseconds) = (reason, text, retryAfterMilliseconds)
        self.isRetryable = isRetryable ?? (reason == .unavailable || reason == .timeout)
    }

    public var description: String { text }

    func fill(_ error: UnsafeMutablePointer<pb_error>?) -> Int32 {
        if let error {
            var native = pb_error()
            native.code = reason.rawValue
            native.retryable = isRetryable ? 1 : 0
            native.retry_after_ms = UInt32(clamping: retryAfterMilliseconds)
            let bytes = Array(text.utf8.prefix(Int(PB_ERROR_TEXT)))
            native.message_length = UInt32(bytes.count)
            withUnsafeMutableBytes(of: &native.message) { $0.copyBytes(from: bytes) }
            error.pointee = native
        }
        return reason.rawValue
    }

    init(_ native: pb_error) {
        let text = withUnsafeBytes(of: native.message) {
            String(decoding: $0.prefix(Int(min(native.message_length, UInt32(PB_ERROR_TEXT)))), as: UTF8.self)
        }
        self.init(
            Reason(rawValue: native.code) ?? .fault,
            text,
            isRetryable: native.retryable != 0,
            retryAfterMilliseconds: Int(native.retry_after_ms)
        )
    }
}
