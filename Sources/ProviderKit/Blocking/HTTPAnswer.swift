/// A whole answer, whatever its status.
public struct HTTPAnswer: Sendable {
    public var status: Int
    /// Names are in lower case.
    public var headers: [(name: String, value: String)] = []
    public var body: [UInt8]

    public init(status: Int = 0, body: [UInt8] = []) { (self.status, self.body) = (status, body) }

    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    public var text: String { String(decoding: body, as: UTF8.self) }
}
