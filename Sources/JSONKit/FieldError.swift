/// A member of a document that is missing, unknown or wrong.
public struct FieldError: Error, Equatable, CustomStringConvertible {
    /// Where, as in `stages[2].transitions[0].to`; empty for the document itself.
    public let path: String
    /// What is wrong and what would be right.
    public let problem: String

    public init(path: String, problem: String) { (self.path, self.problem) = (path, problem) }

    public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
