/// One HTTP request, whole.
public struct HTTPRequest: Sendable {
    public let method: String
    /// Without the query, decoded.
    public let path: String
    /// Without the question mark; empty if there was none. libwebsockets decodes it, so this is its canonical encoding
    /// (RFC 3986: unreserved bytes plain, others in upper-case hex), which may differ from what was sent.
    public let query: String
    /// Names in lower case.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(
        method: String,
        path: String,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        (self.method, self.path, self.query, self.headers, self.body) = (method, path, query, headers, body)
    }

    /// The first value of a header.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Path and query as the client asked for them.
    public var target: String { query.isEmpty ? path : "\(path)?\(query)" }
}
