public import JSONKit
public import PluginAPI

/// What a plugin emitted, lent for the length of one call.
public struct Frame: ~Copyable {
    public enum Kind: UInt32, Sendable {
        case audio = 1, text, json, vector, bytes, done, end
    }

    private let native: pb_frame

    public init(_ native: pb_frame) { self.native = native }

    /// Nil for a type that this host does not know.
    public var kind: Kind? { Kind(rawValue: native.type) }
    public var item: UInt64 { native.item }
    public var timeMicroseconds: UInt64 { native.time_us }
    /// Recognition: this text will not be revised.
    public var isFinal: Bool { native.flags & 1 != 0 }
    public var byteCount: Int { Int(native.length) }

    /// Mono PCM.
    @inline(__always)
    public func withAudio<Result>(_ body: (Span<Int16>) -> Result) -> Result {
        let count = native.data == nil ? 0 : Int(native.length) / 2
        let start = native.data?.assumingMemoryBound(to: Int16.self)
        return body(UnsafeBufferPointer(start: start, count: count).span)
    }

    /// Opaque bytes.
    @inline(__always)
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: native.data, count: native.data == nil ? 0 : Int(native.length)))
    }

    public var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }

    public func json() throws(JSONError) -> JSON {
        let result = withBytes { bytes in Result { () throws(JSONError) in try JSON(parsing: bytes) } }
        return try result.get()
    }

    public var vector: [Float] {
        withBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }
}
