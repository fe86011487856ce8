/// What an attempt has come to.
public struct AttemptOutcome: Sendable, Equatable {
    /// A canonical name, or what the agent document calls it.
    public var disposition: String
    public var reason: String
    /// A person answered, as far as anybody can tell.
    public var isAnsweredByPerson: Bool
    /// A person answered, and was not greeted within 2 s.
    public var isAbandoned: Bool
    /// Seconds; nil where it did not come to that.
    public var rang: Duration?
    public var talked: Duration?
    public var greetedAfter: Duration?

    public init(disposition: String, reason: String = "", isAnsweredByPerson: Bool, isAbandoned: Bool = false) {
        (self.disposition, self.reason) = (disposition, reason)
        (self.isAnsweredByPerson, self.isAbandoned) = (isAnsweredByPerson, isAbandoned)
    }
}
