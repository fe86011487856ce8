import Core
import PluginAPI

/// Why a stream ended before its time. The route decides on the code and on `isRetryable`, never on the message.
public struct PluginFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: Int32, Sendable {
        case invalid = 1, refused, unavailable, timeout, malformed, cancelled, fault
        /// A newer generation took over and the old one's time is up.
        case superseded = 100
        /// More was pushed than the plugin took.
        case overloaded = 101
    }

    public let code: Code
    public let isRetryable: Bool
    /// How long the far side asks to wait.
    public let retryAfter: Duration?
    public let message: String

    public init(_ code: Code, isRetryable: Bool, retryAfter: Duration? = nil, message: String) {
        (self.code, self.isRetryable, self.retryAfter, self.message) = (code, isRetryable, retryAfter, message)
    }

    public var description: String { message.isEmpty ? "\(code)" : message }

    /// What C reported.
    init(_ error: pb_error) {
        let message = withUnsafeBytes(of: error.message) { bytes in
            String(decoding: bytes.prefix(Int(min(error.message_length, UInt32(PB_ERROR_TEXT)))), as: UTF8.self)
        }
        self.init(
            Code(rawValue: error.code) ?? .fault,
            isRetryable: error.retryable != 0,
            retryAfter: error.retry_after_ms > 0 ? .milliseconds(Int64(error.retry_after_ms)) : nil,
            message: message
        )
    }
}
