/// Cuts a server-sent event stream into its events, however the bytes arrive.
///
/// As lenient as the servers are awkward: comments are skipped, the space after the colon may be missing, lines may end
/// in CR LF, the last event may lack its empty line, and a bare line of JSON counts as an event.
public struct EventStream: Sendable {
    /// One event: its name, empty where the server gives none, and its data.
    public struct Event: Equatable, Sendable {
        public let name: String
        public let data: [UInt8]
    }

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var name = ""

    /// A longer line is no event of a chat.
    public static let longestLine = 1 << 20

    public init() {}

    /// False once a line is too long.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ event: (Event) -> Void) -> Bool {
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
    public mutating func finish(_ event: (Event) -> Void) {
        if !line.isEmpty { finishLine(event) }
        finishEvent(event)
    }

    private mutating func finishLine(_ event: (Event) -> Void) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        guard let first = line.first else { return finishEvent(event) }
        if first == UInt8(ascii: "{"), data.isEmpty {
            return event(Event(name: "", data: line))
        }
        if let value = value(of: "data") {
            if !data.isEmpty { data.append(UInt8(ascii: "\n")) }
            data += value
        } else if let value = value(of: "event") {
            name = String(decoding: value, as: UTF8.self)
        }
    }

    private func value(of field: String) -> ArraySlice<UInt8>? {
        guard line.starts(with: field.utf8), line.dropFirst(field.utf8.count).first == UInt8(ascii: ":") else {
            return nil
        }
        let value = line.dropFirst(field.utf8.count + 1)
        return value.first == UInt8(ascii: " ") ? value.dropFirst() : value
    }

    private mutating func finishEvent(_ event: (Event) -> Void) {
        defer { name = "" }
        guard !data.isEmpty else { return }
        event(Event(name: name, data: data))
        data.removeAll(keepingCapacity: true)
    }
}
