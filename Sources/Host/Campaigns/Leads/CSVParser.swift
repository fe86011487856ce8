/// Rows of values between delimiters, as RFC 4180 has them: values in quotes may hold delimiters, line breaks and doubled
/// quotes. Lines end in LF or CRLF. A value without I/O.
struct CSVParser {
    /// Values of a row, at the most.
    static let columns = 1000
    /// Bytes of a row, at the most; a quote that is never closed ends here.
    static let rowLength = 1 << 20

    enum Outcome: Equatable {
        /// `end`: the first byte behind the row's line break.
        case row([Range<Int>], end: Int)
        /// The row as a whole is no row.
        case refused(String, end: Int)
        /// More bytes are needed.
        case incomplete
    }

    let delimiter: UInt8

    init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    /// By the header, the delimiter that stands in it most often: comma, semicolon or tabulator.
    init(header: some Sequence<UInt8>) {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in header {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == 10 && !isQuoted { break }
            if !isQuoted, [44, 59, 9].contains(byte) { counts[byte, default: 0] += 1 }
        }
        // A comma where nothing speaks for another.
        let others = [59, 9].filter { counts[$0, default: 0] > counts[44, default: 0] }
        self.init(delimiter: others.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? 44)
    }

    /// The row that begins at `start`: where its values stand, in their quotes. `isLast`: nothing follows these bytes.
    func row(in bytes: [UInt8], from start: Int, isLast: Bool) -> Outcome {
        let limit = min(bytes.count, start + Self.rowLength)
        var (values, first, place): ([Range<Int>], Int, Int) = ([], start, start)
        while true {
            if place < limit, bytes[place] == UInt8(ascii: "\"") {
                guard let close = closing(bytes, place, limit) else {
                    return unfinished(bytes, start, limit, isLast, isQuoted: true)
                }
                place = close + 1
                let isEnd = place >= limit || [delimiter, 10, 13].contains(bytes[place])
                guard isEnd else {
                    return .refused(
                        "has a letter behind a closing quote; write \"\" for a quote",
                        end: lineEnd(bytes, start)
                    )
                }
            }
            while place < limit, bytes[place] != delimiter, bytes[place] != 10 { place += 1 }
            guard place < limit || (isLast && limit == bytes.count) else {
                return unfinished(bytes, start, limit, isLast, isQuoted: false)
            }
            guard values.count < Self.columns else {
                return .refused("has more than \(Self.columns) values", end: lineEnd(bytes, start))
            }
            let isRowEnd = place >= limit || bytes[place] == 10
            let hasReturn = isRowEnd && place > first && bytes[place - 1] == 13
            values.append(first..<(hasReturn ? place - 1 : place))
            place += 1
            guard !isRowEnd else { return .row(values, end: min(place, bytes.count)) }
            first = place
        }
    }

    /// The quote that closes the one at `open`.
    private func closing(_ bytes: [UInt8], _ open: Int, _ limit: Int) -> Int? {
        var place = open + 1
        while place < limit {
            if bytes[place] == UInt8(ascii: "\"") {
                guard place + 1 < limit, bytes[place + 1] == UInt8(ascii: "\"") else { return place }
                place += 1
            }
            place += 1
        }
        return nil
    }

    private func unfinished(
        _ bytes: [UInt8],
        _ start: Int,
        _ limit: Int,
        _ isLast: Bool,
        isQuoted: Bool
    ) -> Outcome {
        if isQuoted, isLast || limit - start >= Self.rowLength {
            return .refused("has a quote that is not closed", end: lineEnd(bytes, start))
        }
        guard limit - start >= Self.rowLength else { return .incomplete }
        return .refused("is longer than \(Self.rowLength) bytes", end: lineEnd(bytes, start))
    }

    /// Behind the line break that follows; beyond the bytes where there is none yet.
    private func lineEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        (bytes[start...].firstIndex(of: 10) ?? bytes.count) + 1
    }

    /// A value without its quotes.
    static func unquoted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.first == UInt8(ascii: "\""), bytes.count >= 2 else { return Array(bytes) }
        var (value, isDouble): ([UInt8], Bool) = ([], false)
        value.reserveCapacity(bytes.count)
        for byte in bytes.dropFirst().dropLast() {
            isDouble = byte == UInt8(ascii: "\"") && !isDouble
            if !isDouble { value.append(byte) }
        }
        return value
    }
}
