/// Cuts a server-sent event stream into the data of its events, however the bytes arrive.
///
/// As lenient as the servers are awkward: comments are skipped, the space after the colon may be missing, lines may end
/// in CR LF, the last event may lack its empty line, and a bare line of JSON counts as an event.
struct EventStream {
    private var line: [UInt8] = []
    private var data: [UInt8] = []

    /// A longer line is no event of a chat.
    static let longestLine = 1 << 20

    /// False once a line is too long.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ event: ([UInt8]) -> Void) -> Bool {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[rest.startIndex..<end]
            finishLine(event)
            rest = rest[(end + 1)...]
        }
        line += rest
        return line.count + data.count <= Self.longestLine
    }

    /// The stream has ended: what has come may be a whole event.
    mutating func finish(_ event: ([UInt8]) -> Void) {
        if !line.isEmpty { finishLine(event) }
        finishEvent(event)
    }

    private mutating func finishLine(_ event: ([UInt8]) -> Void) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        guard let first = line.first else { return finishEvent(event) }
        if first == UInt8(ascii: "{"), data.isEmpty { return event(line) }
        guard line.starts(with: "data:".utf8) else { return }
        let start = line.count > 5 && line[5] == UInt8(ascii: " ") ? 6 : 5
        if !data.isEmpty { data.append(UInt8(ascii: "\n")) }
        data += line[start...]
    }

    private mutating func finishEvent(_ event: ([UInt8]) -> Void) {
        guard !data.isEmpty else { return }
        event(data)
        data.removeAll(keepingCapacity: true)
    }
}
