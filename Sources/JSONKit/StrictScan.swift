/// Refuses what json-c lets pass although RFC 8259 does not: raw control characters, numbers such as `01` and `1.`,
/// single quotes, bytes that are no UTF-8; and what it would change silently: integers beyond 64 bits, names with a zero
/// byte. Structure is left to json-c.
struct StrictScan {
    private let text: UnsafeRawBufferPointer
    private var index = 0

    static func check(_ text: UnsafeRawBufferPointer) throws(JSONError) {
        var scan = StrictScan(text: text)
        try scan.run()
    }

    private init(text: UnsafeRawBufferPointer) { self.text = text }

    private mutating func run() throws(JSONError) {
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""): try string()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
            case UInt8(ascii: "'"): throw refuse("texts stand in double quotes")
            case 0, 0x80...0xFF: throw refuse("unexpected character")
            default: index += 1
            }
        }
    }

    private func refuse(_ message: String) -> JSONError { JSONError(message, at: index, in: text) }

    // MARK: Texts

    private mutating func string() throws(JSONError) {
        let start = index
        var hasZero = false
        var isASCII = true
        index += 1
        scanning: while true {
            guard index < text.count else { return }
            switch text[index] {
            case UInt8(ascii: "\""): break scanning
            case UInt8(ascii: "\\"):
                if text[index...].prefix(6).elementsEqual("\\u0000".utf8) { hasZero = true }
                index += 2
            case 0..<0x20: throw refuse("a control character in a text must be escaped")
            case 0x80...0xFF:
                isASCII = false
                index += 1
            default: index += 1
            }
        }
        if !isASCII { try checkUTF8(start + 1, index) }
        index += 1
        guard hasZero else { return }
        var next = index
        while next < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[next]) { next += 1 }
        if next < text.count, text[next] == UInt8(ascii: ":") {
            index = start
            throw refuse("a name must not contain a zero byte")
        }
    }

    private mutating func checkUTF8(_ start: Int, _ end: Int) throws(JSONError) {
        let bytes = UnsafeRawBufferPointer(rebasing: text[start..<end])
        do {
            _ = try UTF8Span(validating: bytes.assumingMemoryBound(to: UInt8.self).span)
        } catch {
            index = start + error.byteOffsets.lowerBound
            throw refuse("bytes that are no UTF-8")
        }
    }

    // MARK: Numbers

    private func isDigit(_ index: Int) -> Bool { index < text.count && (0x30...0x39).contains(text[index]) }

    private mutating func number() throws(JSONError) {
        let start = index
        if text[index] == UInt8(ascii: "-") { index += 1 }
        guard isDigit(index) else { throw refuse("a digit must follow the sign") }
        if text[index] == UInt8(ascii: "0"), isDigit(index + 1) { throw refuse("a number must not begin with zeros") }
        let digits = index
        while isDigit(index) { index += 1 }
        let isWide = index - digits > 18
        var isInteger = true
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            isInteger = false
            guard isDigit(index) else { throw refuse("a digit must follow the point") }
            while isDigit(index) { index += 1 }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            isInteger = false
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
            guard isDigit(index) else { throw refuse("a digit must follow the exponent's sign") }
            while isDigit(index) { index += 1 }
        }
        if isWide, isInteger, Int64(String(decoding: text[start..<index], as: UTF8.self)) == nil {
            index = start
            throw refuse("an integer beyond 64 bits")
        }
    }
}
