import Glibc
import JSONKit

/// What was added to a collection and deleted from it, one JSON value a line: the truth that the index is made from.
///
/// A line that was being written when the process was killed is not whole; it was never acknowledged and is left out.
struct Journal: ~Copyable {
    enum Entry {
        case add(document: String, metadata: JSON, chunks: [Piece])
        case delete(document: String)
    }

    private var descriptor: Int32
    private let path: String
    /// Bytes of whole entries.
    private(set) var length: Int

    /// Opens or makes the file and hands over every entry with the offset behind it.
    init(path: String, _ replay: (Entry, Int) throws(KnowledgeError) -> Void) throws(KnowledgeError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw .storage("\(path): \(String(cString: strerror(errno)))") }
        var whole = 0
        for line in try Self.lines(descriptor, path) {
            guard let json = try? JSON(parsing: String(decoding: line.bytes, as: UTF8.self)), let entry = Entry(json)
            else { break }
            whole = line.end
            try replay(entry, whole)
        }
        length = whole
        ftruncate(descriptor, whole)
    }

    deinit { close(descriptor) }

    /// Appends an entry; on the disk when it returns.
    mutating func append(_ entry: Entry) throws(KnowledgeError) {
        var bytes: [UInt8] = []
        entry.json.write(into: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        guard write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else {
            let reason = String(cString: strerror(errno))
            ftruncate(descriptor, length)
            throw .storage(reason)
        }
        length += bytes.count
    }

    /// Writes the file anew without the entries of some documents, also of those that were deleted since; the old file or the
    /// new one is there, whenever the process is killed. How many entries went.
    mutating func drop(_ isDropped: (_ document: String, _ metadata: JSON) -> Bool) throws(KnowledgeError) -> Int {
        var (kept, dropped, count): ([UInt8], Set<String>, Int) = ([], [], 0)
        for line in try Self.lines(descriptor, path) where line.end <= length {
            guard let json = try? JSON(parsing: String(decoding: line.bytes, as: UTF8.self)) else { continue }
            let document = json["document"]?.string ?? ""
            if dropped.contains(document) || isDropped(document, json["metadata"] ?? [:]) {
                dropped.insert(document)
                count += 1
            } else {
                kept += line.bytes
                kept.append(UInt8(ascii: "\n"))
            }
        }
        guard count > 0 else { return 0 }
        let temporary = "\(path).new"
        let new = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0o600)
        guard new >= 0, write(new, kept, kept.count) == kept.count, fsync(new) == 0, rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(errno))
            close(new)
            throw .storage(reason)
        }
        close(descriptor)
        (descriptor, length) = (new, kept.count)
        return count
    }

    private static func lines(_ descriptor: Int32, _ path: String) throws(KnowledgeError) -> [(
        bytes: ArraySlice<UInt8>, end: Int
    )] {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw .storage("\(path): \(String(cString: strerror(errno)))") }
        var content = [UInt8](repeating: 0, count: Int(info.st_size))
        var filled = 0
        while filled < content.count {
            let (offset, wanted) = (filled, content.count - filled)
            let count = content.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + offset }, wanted, offset)
            }
            guard count > 0 else { break }
            filled += count
        }
        var lines: [(bytes: ArraySlice<UInt8>, end: Int)] = []
        var start = 0
        while let newline = content[start..<filled].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append((content[start..<newline], newline + 1))
            start = newline + 1
        }
        return lines
    }
}

extension Journal.Entry {
    fileprivate init?(_ json: JSON) {
        guard let document = json["document"]?.string else { return nil }
        switch json["op"]?.string {
        case "delete": self = .delete(document: document)
        case "add":
            var chunks: [Piece] = []
            for chunk in json["chunks"]?.array ?? [] {
                guard let text = chunk["text"]?.string, let vector = chunk["vector"]?.array else { return nil }
                let heading = chunk["heading"]?.string ?? ""
                chunks.append(Piece(heading: heading, text: text, vector: vector.map { Float($0.double ?? 0) }))
            }
            self = .add(document: document, metadata: json["metadata"] ?? [:], chunks: chunks)
        default: return nil
        }
    }

    fileprivate var json: JSON {
        switch self {
        case .delete(let document): ["op": "delete", "document": .string(document)]
        case .add(let document, let metadata, let chunks):
            [
                "op": "add", "document": .string(document), "metadata": metadata,
                "chunks": .array(
                    chunks.map { chunk in
                        [
                            "heading": .string(chunk.heading), "text": .string(chunk.text),
                            "vector": .array(chunk.vector.map { .double(Double($0)) }),
                        ]
                    }
                ),
            ]
        }
    }
}
