/// What consent must be on record before a lead is called.
public enum ConsentNeed: String, Sendable, CaseIterable {
    /// In writing: calls that sell something.
    case written
    /// Given in any form: calls that inform.
    case express
    /// None, because calling is allowed for another reason; the operator answers for that.
    case none
}
