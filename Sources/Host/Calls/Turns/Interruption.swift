import Core

/// What the agent was saying when the caller interrupted, for the case that the interruption was none.
struct Interruption {
    let at: Moment
    /// What had been heard of it.
    let heard: String
    /// The sentences still to be said, from the first word not heard.
    let rest: [String]
    /// The turn it answered, and whether the model was still at the reply.
    let turn: Int?
    let wasUnfinished: Bool
}
