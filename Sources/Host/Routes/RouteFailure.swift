public import Core
public import PluginHost

/// Why a route gave no answer.
public struct RouteFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: String, Sendable {
        /// Every step was tried.
        case exhausted
        /// There is no route of that name, or it is of another kind.
        case unknown
        /// The whole took longer than the caller allowed.
        case timedOut = "timed_out"
        /// The one who asked has gone.
        case cancelled
    }

    public let reason: Reason
    public let route: String
    public let kind: Kind?
    /// Whether the same question may be answered later.
    public let retryable: Bool
    /// What the far side asked for, where it said something.
    public let retryAfter: Duration?
    /// What the last plugin that was asked said; nil where none was.
    public let code: PluginFailure.Code?
    /// For people; the last failure's own words.
    public let message: String

    public init(
        _ reason: Reason,
        route: String,
        kind: Kind?,
        retryable: Bool,
        retryAfter: Duration? = nil,
        code: PluginFailure.Code? = nil,
        message: String
    ) {
        self.code = code
        (self.reason, self.route, self.kind, self.retryable) = (reason, route, kind, retryable)
        (self.retryAfter, self.message) = (retryAfter, message)
    }

    /// The question itself is wrong: it will not be taken by anybody, at any time.
    public var isAboutTheRequest: Bool { !retryable && code == .invalid }

    public var description: String { "route \(route): \(message)" }
}
