/// A real server that does not do what a test needs of it.
public struct ServiceFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
