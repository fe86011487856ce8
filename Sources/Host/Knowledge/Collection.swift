import Glibc
import JSONKit

/// One collection: its passages, their vectors and the index over them.
///
/// The journal is the truth; the index file saves building the graph again and says how much of the journal it holds.
actor Collection {
    let name: String
    let metric: Metric
    private let folder: String
    private var journal: Journal
    private var index: VectorIndex?
    /// By the number of its vector.
    private var chunks: [Chunk] = []
    private var nodes: [String: [Int]] = [:]
    private var unsaved = 0
    /// Additions after which the index is saved again.
    private static let saveEvery = 1000

    /// Opens or makes a collection in its folder.
    init(name: String, metric: Metric, folder: String) throws(KnowledgeError) {
        (self.name, self.metric, self.folder) = (name, metric, folder)
        mkdir(folder, 0o700)
        var loaded = Loaded()
        journal = try Self.read(folder, metric, into: &loaded)
        chunks = loaded.chunks
        nodes = loaded.nodes
        index = loaded.takeIndex()
    }

    private static func read(
        _ folder: String,
        _ metric: Metric,
        into loaded: inout Loaded
    ) throws(KnowledgeError) -> Journal {
        let saved = Saved(folder: folder, metric: metric)
        let journal = try Journal(path: "\(folder)/journal.jsonl") { entry, end throws(KnowledgeError) in
            try loaded.take(entry, end, metric: metric, saved: saved)
        }
        if loaded.index == nil, !loaded.waiting.isEmpty { try loaded.build(metric: metric) }
        return journal
    }

    var info: CollectionInfo {
        CollectionInfo(
            name: name,
            metric: metric,
            dimension: index?.dimension ?? 0,
            documents: nodes.count,
            chunks: nodes.values.reduce(0) { $0 + $1.count }
        )
    }

    /// Adds or replaces a document; durable when it returns. The number of its passages.
    func add(_ document: SourceDocument, _ pieces: [Piece]) throws(KnowledgeError) -> Int {
        guard let dimension = pieces.first?.vector.count else { return 0 }
        if index == nil { index = try VectorIndex(dimension: dimension, metric: metric) }
        let expected = index?.dimension ?? dimension
        for piece in pieces where piece.vector.count != expected {
            throw .dimensionMismatch(expected: expected, found: piece.vector.count)
        }
        try journal.append(.add(document: document.id, metadata: document.metadata, chunks: pieces))
        forget(document.id)
        var added: [Int] = []
        for piece in pieces {
            guard let node = try index?.insert(piece.vector) else { continue }
            chunks.append(Chunk(document: document.id, piece, metadata: document.metadata))
            added.append(node)
        }
        nodes[document.id] = added
        unsaved += added.count
        if unsaved >= Self.saveEvery { try save() }
        return added.count
    }

    /// Whether there was such a document.
    func delete(_ document: String) throws(KnowledgeError) -> Bool {
        guard nodes[document] != nil else { return false }
        try journal.append(.delete(document: document))
        forget(document)
        return true
    }

    /// Deletes documents so that nothing of them is left on the disk: neither their words, nor vectors made of them. The index
    /// is built anew, during which nobody searches. Whether there were any, deleted ones included.
    func erase(_ isErased: (_ document: String, _ metadata: JSON) -> Bool) throws(KnowledgeError) -> Int {
        let count = try journal.drop(isErased)
        guard count > 0 else { return 0 }
        // Both say what the journal was; the next save makes them again.
        unlink("\(folder)/index.json")
        unlink("\(folder)/index.hnsw")
        var loaded = Loaded()
        journal = try Self.read(folder, metric, into: &loaded)
        chunks = loaded.chunks
        nodes = loaded.nodes
        index = loaded.takeIndex()
        return count
    }

    private func forget(_ document: String) {
        for node in nodes.removeValue(forKey: document) ?? [] { index?.delete(node) }
    }

    func search(_ vector: [Float], limit: Int, filter: JSONObject) throws(KnowledgeError) -> [Hit] {
        guard index != nil else { return [] }
        let chunks = chunks
        let admits: ((Int) -> Bool)? =
            filter.isEmpty
            ? nil
            : { node in filter.members.allSatisfy { chunks[node].metadata[$0.key] == $0.value } }
        let found = try index?.search(vector, limit: limit, ef: max(64, 4 * limit), where: admits) ?? []
        return found.map { node, distance in
            let chunk = chunks[node]
            return Hit(
                document: chunk.document,
                heading: chunk.heading,
                text: chunk.text,
                score: metric.score(distance),
                metadata: chunk.metadata
            )
        }
    }

    /// Writes the index file, so that the next start need not build the graph.
    func save() throws(KnowledgeError) {
        guard index != nil else { return }
        try index?.save("\(folder)/index.hnsw")
        let note: JSON = ["journal_bytes": .int(Int64(journal.length))]
        guard let file = fopen("\(folder)/index.json", "w") else { throw .storage(String(cString: strerror(errno))) }
        fputs(note.description, file)
        fclose(file)
        unsaved = 0
    }
}

/// One passage as it is kept.
private struct Chunk {
    let document: String
    let heading: String
    let text: String
    let metadata: JSON

    init(document: String, _ piece: Piece, metadata: JSON) {
        (self.document, heading, text, self.metadata) = (document, piece.heading, piece.text, metadata)
    }
}

/// What an index file says of itself.
private struct Saved {
    let path: String
    let metric: Metric
    /// How much of the journal it holds; 0 without a file.
    let journalBytes: Int

    init(folder: String, metric: Metric) {
        (path, self.metric) = ("\(folder)/index.hnsw", metric)
        guard let file = fopen("\(folder)/index.json", "r") else {
            journalBytes = 0
            return
        }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 256)
        let count = fread(&text, 1, text.count, file)
        let json = try? JSON(parsing: String(decoding: text[0..<count], as: UTF8.self))
        journalBytes = Int(json?["journal_bytes"]?.int ?? 0)
    }
}

/// A collection while its journal is read.
private struct Loaded: ~Copyable {
    var chunks: [Chunk] = []
    var nodes: [String: [Int]] = [:]
    var index: VectorIndex?
    /// Vectors that are not in the index yet, by their future number.
    var waiting: [[Float]] = []
    private var deleted: [Int] = []

    mutating func take(_ entry: Journal.Entry, _ end: Int, metric: Metric, saved: Saved) throws(KnowledgeError) {
        switch entry {
        case .delete(let document): forget(document)
        case .add(let document, let metadata, let pieces):
            forget(document)
            var added: [Int] = []
            for piece in pieces {
                added.append(chunks.count)
                chunks.append(Chunk(document: document, piece, metadata: metadata))
                if index != nil { _ = try index?.insert(piece.vector) } else { waiting.append(piece.vector) }
            }
            nodes[document] = added
        }
        guard end == saved.journalBytes, index == nil, let dimension = waiting.first?.count else { return }
        // From here on the saved index stands for everything before; a damaged one is built again.
        if let ready = try? VectorIndex(path: saved.path, dimension: dimension, metric: metric),
            ready.count == chunks.count
        {
            index = consume ready
            waiting = []
        }
    }

    mutating func build(metric: Metric) throws(KnowledgeError) {
        guard let dimension = waiting.first?.count else { return }
        let built = try VectorIndex(dimension: dimension, metric: metric)
        for vector in waiting { _ = try built.insert(vector) }
        index = consume built
        waiting = []
    }

    private mutating func forget(_ document: String) {
        for node in nodes.removeValue(forKey: document) ?? [] {
            deleted.append(node)
            index?.delete(node)
        }
    }

    mutating func takeIndex() -> VectorIndex? {
        for node in deleted { index?.delete(node) }
        return index.take()
    }
}
