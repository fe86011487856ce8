/// Why a text is not JSON, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    public let message: String
    /// Bytes from the start of the text.
    public let offset: Int
    /// Counted from 1; columns are bytes.
    public let line: Int
    public let column: Int

    public var description: String { "line \(line), column \(column): \(message)" }

    init(_ message: String, at offset: Int, in text: UnsafeRawBufferPointer) {
        var line = 1
        var start = 0
        for index in 0..<Swift.min(offset, text.count) where text[index] == UInt8(ascii: "\n") {
            line += 1
            start = index + 1
        }
        (self.message, self.offset, self.line, self.column) = (message, offset, line, offset - start + 1)
    }
}
