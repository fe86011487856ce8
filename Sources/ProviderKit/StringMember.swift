/// Reads one string among the members of a JSON object as it comes, without waiting for the rest: audio in base64 that is
/// most of an answer, for example.
///
/// It finds the member at the object's top level and undoes escapes; it does not prove that the rest is JSON.
public struct StringMember: Sendable {
    /// The string has come whole.
    public private(set) var isComplete = false
    /// The object has come whole.
    public private(set) var isOver = false

    private enum Text { case key, wanted, other }

    private let name: [UInt8]
    private var depth = 0
    /// The next string at the top level is the name of a member.
    private var expectsKey = false
    private var key: [UInt8] = []
    private var text: Text?
    private var isEscaped = false
    /// Digits of a `\u` escape that are missing, and what the others say.
    private var missingDigits = 0
    private var code: UInt32 = 0

    /// Longer names are no names of ours.
    private static let longestKey = 256

    public init(_ name: String) { self.name = Array(name.utf8) }

    /// Takes the next bytes and gives those of the string that are among them.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var found: [UInt8] = []
        var rest = bytes[...]
        while !isOver, let byte = rest.first {
            if text == .wanted, !isEscaped, missingDigits == 0 {
                // Nearly all of it is of this kind.
                let end = rest.firstIndex { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") } ?? rest.endIndex
                found += UnsafeRawBufferPointer(rebasing: rest[..<end])
                rest = rest[end...]
                guard let mark = rest.popFirst() else { break }
                takeText(mark, into: &found)
                continue
            }
            if text == nil { takeStructure(byte) } else { takeText(byte, into: &found) }
            rest.removeFirst()
        }
        return found
    }

    private mutating func takeStructure(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            let isWanted = depth == 1 && !expectsKey && key == name && !isComplete
            text = depth == 1 && expectsKey ? .key : isWanted ? .wanted : .other
            if text == .key { key = [] }
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            expectsKey = depth == 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            isOver = depth <= 0
        case UInt8(ascii: ","): expectsKey = depth == 1
        case UInt8(ascii: ":"): expectsKey = false
        default: break
        }
    }

    private mutating func takeText(_ byte: UInt8, into found: inout [UInt8]) {
        if missingDigits > 0 {
            code = code << 4 | (Character(UnicodeScalar(byte)).hexDigitValue.map { UInt32($0) } ?? 0)
            missingDigits -= 1
            if missingDigits == 0 { put(contentsOf: String(UnicodeScalar(code) ?? "\u{FFFD}").utf8, into: &found) }
        } else if isEscaped {
            isEscaped = false
            switch byte {
            case UInt8(ascii: "u"): (missingDigits, code) = (4, 0)
            case UInt8(ascii: "n"): put(contentsOf: "\n".utf8, into: &found)
            case UInt8(ascii: "r"): put(contentsOf: "\r".utf8, into: &found)
            case UInt8(ascii: "t"): put(contentsOf: "\t".utf8, into: &found)
            case UInt8(ascii: "b"): put(contentsOf: "\u{8}".utf8, into: &found)
            case UInt8(ascii: "f"): put(contentsOf: "\u{C}".utf8, into: &found)
            default: put(contentsOf: CollectionOfOne(byte), into: &found)
            }
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            if text == .wanted { isComplete = true }
            text = nil
        } else {
            put(contentsOf: CollectionOfOne(byte), into: &found)
        }
    }

    private mutating func put(contentsOf bytes: some Sequence<UInt8>, into found: inout [UInt8]) {
        switch text {
        case .wanted: found.append(contentsOf: bytes)
        case .key: if key.count < Self.longestKey { key.append(contentsOf: bytes) }
        case .other, nil: break
        }
    }
}
