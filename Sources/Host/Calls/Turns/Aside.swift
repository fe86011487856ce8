import Core

/// What the caller says while the agent speaks, until it is clear whether it is meant to stop the agent.
struct Aside {
    let item: UInt64
    /// When it was taken note of, and how much speech there had been by then, in milliseconds.
    let opened: Moment
    let spoken: Int
    /// Whether the caller is silent within it.
    var isPausing = false
    /// Where its last sound was, and how far the caller's audio had come, once it has ended; milliseconds.
    var closed: (end: Int, position: Int, at: Moment)?

    /// Milliseconds from the caller's first sound.
    func duration(at now: Moment) -> Int { spoken + Int(now.milliseconds(since: opened)) }
}
