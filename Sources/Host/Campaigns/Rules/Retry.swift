public import Core

/// What happens to a lead after an attempt.
public enum Retry: Sendable, Equatable {
    /// It is ready again from then on, at the same number.
    case again(at: Timestamp)
    /// It is ready again from then on, at the number behind this one: `turn` is counted up.
    case nextNumber(at: Timestamp)
    /// It is not called any more: a disposition's name, `exhausted`, `cap.lead`, `no_number` or `no_window`.
    case closed(reason: String)
}
