import Glibc

/// A value on its way to PostgreSQL.
enum PostgresValue {
    case none
    case text(String)
    case bytes([UInt8])

    /// For `free` to release; nil is NULL.
    func copy() -> UnsafePointer<CChar>? {
        switch self {
        case .none: return nil
        case .text(let text): return UnsafePointer(strdup(text))
        case .bytes(let bytes):
            guard let memory = malloc(max(1, bytes.count)) else { return nil }
            bytes.withUnsafeBytes { if let start = $0.baseAddress { memcpy(memory, start, $0.count) } }
            return UnsafePointer(memory.assumingMemoryBound(to: CChar.self))
        }
    }

    /// Texts end with a zero byte; only bytes need their length.
    var length: Int32 { if case .bytes(let bytes) = self { Int32(bytes.count) } else { 0 } }
    var format: Int32 { if case .bytes = self { 1 } else { 0 } }
}
