import JSONKit

/// An error that methods may answer with.
public struct Fault: Sendable, Equatable {
    /// What programs decide on, as in `not_found`.
    public let name: String
    public let code: Int64
    /// The sort of error in a sentence.
    public let message: String
    /// Whether the same request may succeed later.
    public let isRetryable: Bool

    public init(name: String, code: Int64, message: String, isRetryable: Bool) {
        (self.name, self.code, self.message, self.isRetryable) = (name, code, message, isRetryable)
    }

    init(name: String, _ json: JSON, path: String) throws(FieldError) {
        guard let code = json["code"]?.int, let message = json["message"]?.string,
            let isRetryable = json["data"]?["retryable"]?.bool, json["data"]?["error"]?.string == name
        else { throw FieldError(path: path, problem: "needs code, message and data {error, retryable}") }
        self.init(name: name, code: code, message: message, isRetryable: isRetryable)
    }
}
