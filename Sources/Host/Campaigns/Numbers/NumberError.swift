/// Why a text is not a number that may be called. The message does not repeat the number: it may be logged.
public struct NumberError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    public let problem: String

    public init(_ problem: String) { self.problem = problem }

    public var description: String { problem }
}
