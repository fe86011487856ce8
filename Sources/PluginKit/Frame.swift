public import JSONKit
import PluginAPI

/// What the host pushed, lent for the length of one call.
public struct Frame: ~Copyable {
    public enum Kind: UInt32, Sendable {
        case audio = 1, text, json, vector, bytes, done, end
    }

    private let native: pb_frame

    init(_ native: pb_frame) { self.native = native }

    /// Nil for a type that this version does not know; ignore it.
    public var kind: Kind? { Kind(rawValue: native.type) }
    public var item: UInt64 { native.item }
    public var timeMicroseconds: UInt64 { native.time_us }

    private var data: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: native.data, count: native.data == nil ? 0 : Int(native.length))
    }

    public var text: String { String(decoding: data, as: UTF8.self) }

    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { body(data) }

    /// Mono PCM.
    public func withAudio<Result>(_ body: (UnsafeBufferPointer<Int16>) -> Result) -> Result {
        body(UnsafeBufferPointer(start: data.baseAddress?.assumingMemoryBound(to: Int16.self), count: data.count / 2))
    }

    public func json() throws(PluginProblem) -> JSON {
        let result = withBytes { bytes in Result { () throws(JSONError) in try JSON(parsing: bytes) } }
        switch result {
        case .success(let json): return json
        case .failure(let error): throw PluginProblem(.invalid, "a JSON frame that is none: \(error)")
        }
    }
}
