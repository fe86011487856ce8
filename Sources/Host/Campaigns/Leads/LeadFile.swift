import Glibc
import JSONKit

/// Reads a file of leads row by row, in bounded memory: two rows of the greatest length, and no more.
final class LeadFile {
    struct Row {
        enum Content {
            case object(JSONObject)
            /// The row is none, and why.
            case refused(String)
        }
        let line: Int
        let content: Content
    }

    private static let piece = 1 << 20
    private static let quoted = UInt8(ascii: "\"")

    private let source: LeadSource
    private let file: OpenFile
    /// Bytes, and when it was written: another file has others.
    let (size, stamp): (Int, Int64)
    private var window: [UInt8] = []
    private var place = 0
    private var hasEnded = false
    private var parser = CSVParser()
    private var titles: [String] = []
    /// Of the next row.
    private(set) var offset = 0
    private(set) var line = 1

    /// Opens the file and reads the header.
    init(_ source: LeadSource) throws(LeadImportFailure) {
        self.source = source
        file = try OpenFile(source.path, O_RDONLY, advice: "the host reads it itself")
        guard let facts = file.facts else { throw LeadImportFailure("\(source.path): must be a file") }
        (size, stamp) = facts
        try fill()
        if window.starts(with: [0xFF, 0xFE]) || window.starts(with: [0xFE, 0xFF]) {
            throw LeadImportFailure("\(source.path): is UTF-16; save it as UTF-8")
        }
        if window.starts(with: [0xEF, 0xBB, 0xBF]) { advance(to: 3) }
        if source.format == .csv { try readHeader() }
    }

    /// Looks through the whole file for what is not in its encoding, before anything is taken from it.
    func checkEncoding() throws(LeadImportFailure) {
        guard source.encoding == .utf8 else { return }
        var check = EncodingCheck()
        var (buffer, position) = ([UInt8](repeating: 0, count: Self.piece), 0)
        while true {
            let count = pread(file.descriptor, &buffer, buffer.count, off_t(position))
            guard count > 0 else { break }
            position += count
            guard let byte = check.problem(in: count == buffer.count ? buffer : Array(buffer[..<count])) else {
                continue
            }
            throw LeadImportFailure(
                "\(source.path): line \(check.line) is not UTF-8 (byte 0x\(String(byte, radix: 16, uppercase: true))); "
                    + "if the file is Latin-1, use --encoding latin-1, or save it as UTF-8"
            )
        }
        if check.isUnfinished { throw LeadImportFailure("\(source.path): ends in the middle of a letter") }
    }

    /// Goes on behind what was read earlier.
    func seek(to offset: Int, line: Int) throws(LeadImportFailure) {
        guard offset > self.offset else { return }
        (window, place, hasEnded) = ([], 0, false)
        (self.offset, self.line) = (offset, line)
        guard lseek(file.descriptor, off_t(offset), SEEK_SET) == off_t(offset) else {
            throw LeadImportFailure("\(source.path): \(String(cString: strerror(errno)))")
        }
    }

    /// The next row; nil at the end. Empty lines are passed over.
    func next() throws(LeadImportFailure) -> Row? {
        while true {
            try fill()
            guard place < window.count else { return nil }
            let number = line
            let content = source.format == .csv ? try nextValues() : try nextObject()
            if let content { return Row(line: number, content: content) }
        }
    }

    // MARK: CSV

    private func readHeader() throws(LeadImportFailure) {
        if let end = window[place...].firstIndex(where: { $0 == 10 || $0 == 13 }), window[end] == 13,
            end + 1 == window.count || window[end + 1] != 10
        {
            throw LeadImportFailure("\(source.path): its lines end in CR alone; save it with LF or CRLF")
        }
        parser = CSVParser(header: window[place...])
        let start = place
        switch parser.row(in: window, from: place, isLast: hasEnded) {
        case .row(let values, let end):
            titles = values.map { text($0) }
            advance(to: end)
        case .refused(let reason, _): throw LeadImportFailure("\(source.path): line 1, the header, \(reason)")
        case .incomplete: throw LeadImportFailure("\(source.path): line 1, the header, is not complete")
        }
        guard titles.contains(where: { [.number, .numbers].contains(LeadColumn($0)) }) else {
            let reason = "names no column number, phone or tel"
            throw LeadImportFailure("\(source.path): line 1, the header, \(reason)")
        }
        guard !window[start..<place].contains(0) else {
            throw LeadImportFailure("\(source.path): line 1, the header, has a NUL byte")
        }
        try checkTitles()
    }

    /// Of two columns that say the same, one would be lost without a word.
    private func checkTitles() throws(LeadImportFailure) {
        for (index, title) in titles.enumerated() where !title.isEmpty {
            let column = LeadColumn(title)
            let takesSeveral = column == .number || column == .numbers
            let twin = titles[..<index].first { $0 == title || (!takesSeveral && LeadColumn($0) == column) }
            guard let twin else { continue }
            let names = twin == title ? "\(title) twice" : "\(twin) and \(title), which mean the same"
            throw LeadImportFailure("\(source.path): line 1, the header, names \(names); take one out")
        }
    }

    private func nextValues() throws(LeadImportFailure) -> Row.Content? {
        switch parser.row(in: window, from: place, isLast: hasEnded) {
        case .row(let values, let end):
            defer { advance(to: end) }
            if values.count == 1, values[0].isEmpty { return nil }
            guard values.count == titles.count else {
                return .refused("has \(values.count) values, and the header names \(titles.count)")
            }
            guard !window[place..<end].contains(0) else { return .refused("has a NUL byte") }
            return .object(JSONObject(zip(titles, values).map { ($0, .string(text($1))) }))
        case .refused(let reason, let end):
            try skip(to: end)
            return .refused(reason)
        case .incomplete: throw LeadImportFailure("\(source.path): line \(line) cannot be read", isRetryable: true)
        }
    }

    private func text(_ range: Range<Int>) -> String {
        let bytes = window[range]
        return source.encoding.text(bytes.first == Self.quoted ? CSVParser.unquoted(bytes)[...] : bytes)
    }

    // MARK: JSON Lines

    private func nextObject() throws(LeadImportFailure) -> Row.Content? {
        let limit = min(window.count, place + CSVParser.rowLength)
        guard let end = window[place..<limit].firstIndex(of: 10) ?? (hasEnded && limit == window.count ? limit : nil)
        else {
            try skip(to: (window[place...].firstIndex(of: 10) ?? window.count) + 1)
            return .refused("is longer than \(CSVParser.rowLength) bytes")
        }
        let bytes = window[place..<end]
        advance(to: min(end + 1, window.count))
        guard bytes.contains(where: { $0 > 32 }) else { return nil }
        guard !bytes.contains(0) else { return .refused("has a NUL byte") }
        do throws(JSONError) {
            guard let object = try JSON(parsing: source.encoding.text(bytes)).object else {
                return .refused("is no JSON object")
            }
            return .object(object)
        } catch { return .refused("is no JSON: column \(error.column): \(error.message)") }
    }

    // MARK: The window

    /// Keeps a whole row of the greatest length in the window.
    private func fill() throws(LeadImportFailure) {
        guard !hasEnded, window.count - place < CSVParser.rowLength + 1 else { return }
        window.removeFirst(place)
        place = 0
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        while !hasEnded, window.count < CSVParser.rowLength + 1 {
            let count = read(file.descriptor, &buffer, buffer.count)
            guard count >= 0 else {
                throw LeadImportFailure("\(source.path): \(String(cString: strerror(errno)))", isRetryable: true)
            }
            hasEnded = count == 0
            window += buffer[..<count]
        }
    }

    private func advance(to end: Int) {
        for byte in window[place..<end] where byte == 10 { line += 1 }
        (offset, place) = (offset + end - place, end)
    }

    /// To the beginning of the next line, which may lie beyond the window.
    private func skip(to end: Int) throws(LeadImportFailure) {
        guard end > window.count else { return advance(to: end) }
        while true {
            advance(to: window.count)
            try fill()
            guard place < window.count else { return }
            guard let next = window[place...].firstIndex(of: 10) else { continue }
            return advance(to: next + 1)
        }
    }
}
