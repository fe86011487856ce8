/// One file of the time zone database (RFC 8536), version 2 and later.
struct ZoneFile {
    var changes: [(at: Int64, offset: Int)] = []
    var first = 0
    var rule: ZoneRule?

    private static let headerLength = 44

    /// Nil where it is no such file.
    init?(_ bytes: [UInt8]) {
        guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2") else { return nil }
        let start = Self.headerLength + old.length(timeBytes: 4)
        guard let header = Header(bytes, at: start) else { return nil }
        let data = start + Self.headerLength
        let end = data + header.length(timeBytes: 8)
        guard bytes.count >= end, header.types > 0 else { return nil }
        func number(_ at: Int, _ count: Int) -> Int64 {
            let value = bytes[at..<at + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(truncatingIfNeeded: value)
        }
        let kinds = data + header.times * 8
        let types = kinds + header.times
        func offset(_ type: Int) -> Int { Int(number(types + min(type, header.types - 1) * 6, 4)) }
        for index in 0..<header.times {
            changes.append((number(data + index * 8, 8), offset(Int(bytes[kinds + index]))))
        }
        first = offset(0)
        // The rest is one line: what holds for ever after.
        let footer = bytes[end...].drop { $0 == 10 }.prefix { $0 != 10 }
        rule = ZoneRule(String(decoding: footer, as: UTF8.self))
    }

    private struct Header {
        let version: UInt8
        let counts: [Int]

        init?(_ bytes: [UInt8], at start: Int) {
            guard bytes.count >= start + ZoneFile.headerLength, Array(bytes[start..<start + 4]) == Array("TZif".utf8)
            else { return nil }
            version = bytes[start + 4]
            counts = (0..<6).map { index in
                bytes[(start + 20 + index * 4)..<(start + 24 + index * 4)].reduce(0) { $0 << 8 | Int($1) }
            }
            guard counts.allSatisfy({ $0 < 1 << 16 }) else { return nil }
        }

        var times: Int { counts[3] }
        var types: Int { counts[4] }

        func length(timeBytes: Int) -> Int {
            times * (timeBytes + 1) + types * 6 + counts[5] + counts[2] * (timeBytes + 4) + counts[1] + counts[0]
        }
    }
}
