/// One HTTP answer, whole.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// A short text.
    public static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [("content-type", "text/plain; charset=utf-8")],
            body: Array("\(text)\n".utf8)
        )
    }

    /// No answer: the connection is closed. For servers that are to fail.
    public static var dropped: HTTPResponse { HTTPResponse(status: 0) }

    public func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}
