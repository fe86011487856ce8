import JSONKit
import Knowledge

/// collection.*
struct CollectionMethods: Sendable {
    let services: Services

    private var collections: Collections { services.collections }

    var methods: [Method] {
        [
            .slow("collection.create", create), .slow("collection.list", list), .slow("collection.add", add),
            .slow("collection.search", search), .slow("collection.delete", delete),
        ]
    }

    private func create(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(KnowledgeError) {
            let metric = Metric(rawValue: parameters.string("metric")) ?? .cosine
            return try await collections.create(parameters.string("name"), metric: metric).json
        } catch { throw Failure(error) }
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        ["items": .array(await collections.list().map(\.json))]
    }

    private func add(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        let documents = (parameters["documents"]?.array ?? []).map { document in
            SourceDocument(
                id: document["id"]?.string ?? "",
                text: document["text"]?.string ?? "",
                metadata: document["metadata"] ?? [:]
            )
        }
        do throws(KnowledgeError) {
            _ = try await collections.add(name, documents)
            return try await collections.info(name).json
        } catch { throw Failure(error) }
    }

    private func search(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(KnowledgeError) {
            let hits = try await collections.search(
                parameters.string("name"),
                parameters.string("text"),
                limit: parameters.int("limit"),
                filter: parameters["filter"]?.object ?? [:]
            )
            return ["items": .array(hits.map(\.json))]
        } catch { throw Failure(error) }
    }

    private func delete(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        do throws(KnowledgeError) {
            var count = try await collections.info(name).documents
            if parameters["documents"] == nil {
                try collections.drop(name)
            } else {
                count = try await collections.delete(name, documents: parameters.strings("documents"))
            }
            return ["name": .string(name), "documents": .int(Int64(count))]
        } catch { throw Failure(error) }
    }
}
