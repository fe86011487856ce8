/// A file of rules that cannot be used.
public struct RuleError: Error, Equatable, CustomStringConvertible {
    /// The file's name, as in `us.json`.
    public let file: String
    /// Where in it, what is wrong and what would be right.
    public let problem: String

    public init(file: String, problem: String) { (self.file, self.problem) = (file, problem) }

    public var description: String { "\(file): \(problem)" }
}
