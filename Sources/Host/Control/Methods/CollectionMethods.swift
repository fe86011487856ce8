import Core
import JSONKit
import Routes

/// collection.*
struct CollectionMethods: Sendable {
    let services: Services

    private typealias Problem = CollectionServices.Problem

    var methods: [Method] {
        [
            .slow("collection.create", create), .slow("collection.list", list), .slow("collection.add", add),
            .slow("collection.search", search), .slow("collection.delete", delete),
        ]
    }

    private func create(_ parameters: Parameters) async throws(Failure) -> JSON {
        let (name, embedder) = (parameters.string("name"), parameters.string("embedder"))
        guard services.routes.get(embedder)?.kind == .embedder else {
            throw Failure(.notFound, "no route of kind embedder is called \(embedder)", field: "embedder")
        }
        do throws(Problem) {
            return try await services.collections.create(name, parameters.string("metric"), embedder).json
        } catch { throw Failure(error) }
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(Problem) { return ["items": .array(try await services.collections.list().map(\.json))] } catch {
            throw Failure(error)
        }
    }

    private func add(_ parameters: Parameters) async throws(Failure) -> JSON {
        let documents = (parameters["documents"]?.array ?? []).map { document in
            CollectionServices.Input(
                id: document["id"]?.string ?? "",
                text: document["text"]?.string ?? "",
                metadata: document["metadata"] ?? [:]
            )
        }
        do throws(Problem) {
            return try await services.collections.add(parameters.string("name"), documents).json
        } catch { throw Failure(error) }
    }

    private func search(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(Problem) {
            let hits = try await services.collections.search(
                parameters.string("name"),
                parameters.string("text"),
                parameters.int("limit"),
                parameters["filter"]
            )
            return ["items": .array(hits.map(\.json))]
        } catch { throw Failure(error) }
    }

    private func delete(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        let documents = parameters["documents"] == nil ? nil : parameters.strings("documents")
        do throws(Problem) {
            let count = try await services.collections.delete(name, documents)
            return ["name": .string(name), "documents": .int(Int64(count))]
        } catch { throw Failure(error) }
    }
}

extension CollectionServices.Summary {
    fileprivate var json: JSON {
        [
            "name": .string(name), "metric": .string(metric), "embedder": .string(embedder),
            "dimension": .int(Int64(dimension)), "documents": .int(Int64(documents)),
            "passages": .int(Int64(passages)),
        ]
    }
}

extension CollectionServices.Hit {
    fileprivate var json: JSON {
        ["document": .string(document), "text": .string(text), "score": .double(score), "metadata": metadata]
    }
}
