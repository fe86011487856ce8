/// What the control plane may do with the host as a whole. All closures from any thread.
public struct SystemServices: Sendable {
    /// One thing that must be as it should for the host to take calls.
    public struct Check: Sendable {
        public var name: String
        /// Why it is not as it should be; empty: it is.
        public var reason: String

        public init(_ name: String, reason: String = "") { (self.name, self.reason) = (name, reason) }
    }

    public var version: String
    public var stateFolder: String
    /// Addresses of the public side.
    public var listen: [String]
    public var publicURL: String
    /// Calls at once.
    public var callLimit: Int
    public var isDraining: @Sendable () -> Bool
    /// From what is known; returns at once.
    public var checks: @Sendable () -> [Check]
    /// Refuses new calls and lets live ones finish within a time (nil: the configured one); returns at once.
    public var drain: @Sendable (Duration?) -> Void
    /// Drains, makes everything durable and ends the process; returns at once.
    public var shutdown: @Sendable (Duration?) -> Void

    public init(
        version: String,
        stateFolder: String,
        listen: [String],
        publicURL: String,
        callLimit: Int,
        isDraining: @escaping @Sendable () -> Bool,
        checks: @escaping @Sendable () -> [Check],
        drain: @escaping @Sendable (Duration?) -> Void,
        shutdown: @escaping @Sendable (Duration?) -> Void
    ) {
        (self.version, self.stateFolder, self.listen, self.publicURL) = (version, stateFolder, listen, publicURL)
        (self.callLimit, self.isDraining, self.checks) = (callLimit, isDraining, checks)
        (self.drain, self.shutdown) = (drain, shutdown)
    }
}
