/// A body of several parts (RFC 7578), as forms with files are posted.
public struct Multipart: Sendable {
    /// Long and random enough never to occur in a part.
    private let boundary: String
    public private(set) var bytes: [UInt8] = []

    /// `seed` makes the boundary another for each body.
    public init(seed: UInt64) { boundary = "patchbay-" + String(seed | 1, radix: 36) + "-1f3b9a27c5" }

    /// For the header `content-type`.
    public var type: String { "multipart/form-data; boundary=\(boundary)" }

    public mutating func add(_ name: String, _ value: String) {
        bytes += "--\(boundary)\r\ncontent-disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
    }

    public mutating func add(_ name: String, file: String, type: String, _ content: [UInt8]) {
        bytes += "--\(boundary)\r\ncontent-disposition: form-data; name=\"\(name)\"; filename=\"\(file)\"\r\n".utf8
        bytes += "content-type: \(type)\r\n\r\n".utf8
        bytes += content
        bytes += "\r\n".utf8
    }

    /// No part follows.
    public mutating func finish() { bytes += "--\(boundary)--\r\n".utf8 }
}
