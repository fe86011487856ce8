/// Why a rehearsal could not even begin; says which file or member, and what would be right.
public struct TrialFailure: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
