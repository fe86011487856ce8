/// Why leads are not imported as a whole; rows that are none are told of one by one.
public struct LeadImportFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public let message: String
    /// A later try may succeed, and goes on where this one ended.
    public let isRetryable: Bool

    init(_ message: String, isRetryable: Bool = false) { (self.message, self.isRetryable) = (message, isRetryable) }

    public var description: String { message }
}
