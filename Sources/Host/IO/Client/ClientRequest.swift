/// A request that the host makes.
public struct ClientRequest: Sendable {
    public var method: String
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    public var connectTimeout: Duration = .seconds(5)
    /// The longest silence while the answer comes.
    public var idleTimeout: Duration = .seconds(30)
    public var totalTimeout: Duration = .seconds(600)
    /// Whether this machine and its own network may be asked; false for addresses that come from elsewhere.
    public var isPrivateAllowed = true

    public init(_ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
    }

    /// `connection: close` asks for a new connection that nobody else uses, and with that for being sent once.
    var hasOwnConnection: Bool {
        headers.contains { $0.name.lowercased() == "connection" && $0.value.lowercased() == "close" }
    }
}
