public import Core
import Glibc
public import JSONKit
import Synchronization

/// All collections, in a folder of their own. Any thread.
public final class Collections: Sendable {
    /// Turns texts into vectors of one length.
    public typealias Embed = @Sendable ([String]) async throws(KnowledgeError) -> [[Float]]

    private let folder: String
    private let embed: Embed
    private let collections = Mutex<[String: Collection]>([:])
    private let record: @Sendable (Event) -> Void
    private static let latency = Metrics.shared.histogram(
        "patchbay_vector_search_seconds",
        help: "A search in the index, without embedding.",
        bounds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1]
    )

    /// Opens what the folder holds. A collection that cannot be read is left out and logged.
    public init(
        folder: String,
        embed: @escaping Embed,
        record: @escaping @Sendable (Event) -> Void = { _ in }
    ) throws(KnowledgeError) {
        (self.folder, self.embed, self.record) = (folder, embed, record)
        guard let directory = opendir(folder) else { throw .storage("\(folder): \(String(cString: strerror(errno)))") }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // The folder's name tells name and metric: `handbook.cosine`.
            let parts = name.split(separator: ".")
            guard parts.count == 2, let metric = Metric(rawValue: String(parts[1])) else { continue }
            do throws(KnowledgeError) {
                let collection = try Collection(name: String(parts[0]), metric: metric, folder: "\(folder)/\(name)")
                collections.withLock { $0[collection.name] = collection }
            } catch {
                Log("knowledge").error(
                    "a collection is left out",
                    ["collection": .string(name), "reason": .string("\(error)")]
                )
            }
        }
    }

    /// Makes an empty collection.
    @discardableResult
    public func create(_ name: String, metric: Metric = .cosine) async throws(KnowledgeError) -> CollectionInfo {
        guard !name.isEmpty, name.utf8.count <= 64,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        else { throw .invalid("name must have 1 to 64 letters, digits, - or _") }
        let collection = try collections.withLock { collections throws(KnowledgeError) in
            guard collections[name] == nil else { throw .alreadyExists(name) }
            let made = try Collection(name: name, metric: metric, folder: "\(folder)/\(name).\(metric.rawValue)")
            collections[name] = made
            return made
        }
        record(Event(.collectionChanged, key: name, data: ["change": "created"]))
        return await collection.info
    }

    /// Adds or replaces documents, each durable before the next; how many passages they gave.
    public func add(_ name: String, _ documents: [SourceDocument]) async throws(KnowledgeError) -> Int {
        let collection = try find(name)
        var count = 0
        for document in documents {
            guard !document.id.isEmpty else { throw .invalid("a document needs an id") }
            let chunks = Chunker.chunks(of: document.text)
            guard !chunks.isEmpty else { throw .invalid("the document \(document.id) has no text") }
            let vectors = try await embed(chunks.map(\.embedded))
            guard vectors.count == chunks.count else {
                throw .embedding("\(chunks.count) texts gave \(vectors.count) vectors")
            }
            let pieces = zip(chunks, vectors).map { Piece(heading: $0.heading, text: $0.text, vector: $1) }
            count += try await collection.add(document, pieces)
        }
        record(Event(.collectionChanged, key: name, data: ["change": "added", "chunks": .int(Int64(count))]))
        return count
    }

    /// The passages nearest to a text. `filter` holds members that the metadata must have.
    public func search(
        _ name: String,
        _ text: String,
        limit: Int = 5,
        filter: JSONObject = [:]
    ) async throws(KnowledgeError) -> [Hit] {
        guard (1...100).contains(limit) else { throw .invalid("limit must be from 1 to 100") }
        let collection = try find(name)
        guard let vector = try await embed([text]).first else { throw .embedding("no vector") }
        let start = Moment.now()
        let hits = try await collection.search(vector, limit: limit, filter: filter)
        Self.latency.observe((Moment.now() - start).fractionalSeconds)
        return hits
    }

    /// Deletes documents; how many there were.
    public func delete(_ name: String, documents: [String]) async throws(KnowledgeError) -> Int {
        let collection = try find(name)
        var count = 0
        for document in documents where try await collection.delete(document) { count += 1 }
        record(Event(.collectionChanged, key: name, data: ["change": "deleted", "documents": .int(Int64(count))]))
        return count
    }

    /// Deletes the documents about a person for good, in all collections: those that are called by one of the keys, alone or
    /// with something behind a slash, and those whose metadata has one as `call_id`, `lead_id` or `phone`. How many entries of
    /// the journals there were.
    public func erase(keys: Set<String>) async throws(KnowledgeError) -> Int {
        var count = 0
        for collection in collections.withLock({ Array($0.values) }) {
            let erased = try await collection.erase { document, metadata in
                keys.contains(String(document.prefix { $0 != "/" }))
                    || ["call_id", "lead_id", "phone"].contains { keys.contains(metadata[$0]?.string ?? "") }
            }
            guard erased > 0 else { continue }
            count += erased
            let data: JSON = ["change": "deleted", "documents": .int(Int64(erased))]
            record(Event(.collectionChanged, key: collection.name, data: data))
        }
        return count
    }

    /// Deletes a collection and its files.
    public func drop(_ name: String) throws(KnowledgeError) {
        let collection = try find(name)
        collections.withLock { $0[name] = nil }
        let path = "\(folder)/\(name).\(collection.metric.rawValue)"
        for file in ["journal.jsonl", "index.hnsw", "index.json"] { unlink("\(path)/\(file)") }
        rmdir(path)
        record(Event(.collectionChanged, key: name, data: ["change": "dropped"]))
    }

    public func list() async -> [CollectionInfo] {
        var infos: [CollectionInfo] = []
        for collection in collections.withLock({ $0.values.sorted { $0.name < $1.name } }) {
            infos.append(await collection.info)
        }
        return infos
    }

    public func info(_ name: String) async throws(KnowledgeError) -> CollectionInfo { await (try find(name)).info }

    /// Writes every index file; before the host stops.
    public func save() async {
        for collection in collections.withLock({ Array($0.values) }) {
            do throws(KnowledgeError) { try await collection.save() } catch {
                Log("knowledge").error(
                    "an index was not saved",
                    ["collection": .string(collection.name), "reason": .string("\(error)")]
                )
            }
        }
    }

    private func find(_ name: String) throws(KnowledgeError) -> Collection {
        guard let collection = collections.withLock({ $0[name] }) else { throw .notFound(name) }
        return collection
    }
}
