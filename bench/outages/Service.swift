/// One of the services around the host, and how it fails.
struct Service {
    enum Mode: String, CaseIterable {
        /// Killed; nobody listens.
        case stopped
        /// Stands still (SIGSTOP): takes connections, and answers nothing.
        case paused
        /// Answers, but late.
        case slowed
    }

    let name: String
    let fail: (Mode) throws -> Void
    let recover: (Mode) throws -> Void
    /// What it ought to have and has not.
    let missing: (Facts) throws -> Int
}
