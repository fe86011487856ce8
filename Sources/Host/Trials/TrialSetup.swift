public import JSONKit
public import Routes

/// With which plugins conversations are tried, and in which time.
public struct TrialSetup: Sendable {
    /// A library, the name it is loaded under, and its configuration.
    public struct Library: Sendable {
        public let path: String
        public let name: String?
        public let config: JSON

        public init(path: String, name: String? = nil, config: JSON = [:]) {
            (self.path, self.name, self.config) = (path, name, config)
        }
    }

    public var libraries: [Library]
    public var routes: [Route]
    /// Where plugins find their secrets.
    public var secrets: String
    /// Providers that live in real time are given it; otherwise the clock is the script's.
    public var isRealTime: Bool
    /// Callers' words travel as scripted speech; otherwise only recorded audio is understood.
    public var understandsText: Bool

    public init(
        libraries: [Library],
        routes: [Route],
        secrets: String = "",
        isRealTime: Bool = false,
        understandsText: Bool = true
    ) {
        (self.libraries, self.routes, self.secrets) = (libraries, routes, secrets)
        (self.isRealTime, self.understandsText) = (isRealTime, understandsText)
    }
}
