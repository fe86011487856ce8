import Calls
import Core
import JSONKit
import Store

/// agent.*
struct AgentMethods: Sendable {
    let services: Services

    private var agents: AgentServices { services.agents }

    var methods: [Method] {
        [
            .slow("agent.list", list), .slow("agent.get", get), .slow("agent.put", put),
            .slow("agent.delete", delete), .quick("agent.check", check),
        ]
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            return ["items": .array(try await agents.list().map { .object(Self.describe($0)) })]
        } catch { throw Failure(error) }
    }

    private func get(_ parameters: Parameters) async throws(Failure) -> JSON {
        let document = try await stored(parameters.string("name"))
        var members = Self.describe(document)
        members["document"] = document.body
        return .object(members)
    }

    private func put(_ parameters: Parameters) async throws(Failure) -> JSON {
        let agent: AgentDocument
        do throws(FieldError) { agent = try AgentDocument(parameters.json("document")) } catch {
            throw Failure(FieldError(path: "document.\(error.path)", problem: error.problem))
        }
        do throws(StoreError) {
            return .object(Self.describe(try await agents.put(agent, parameters["if_revision"]?.int)))
        } catch { throw Failure(error) }
    }

    private func delete(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        let document = try await stored(name)
        if let revision = parameters["if_revision"]?.int, revision != document.revision {
            throw Failure(StoreError.revisionConflict(expected: revision, found: document.revision))
        }
        do throws(StoreError) { _ = try await agents.delete(name) } catch { throw Failure(error) }
        return ["name": .string(name)]
    }

    private func check(_ parameters: Parameters) throws(Failure) -> JSON {
        let document = parameters.json("document")
        let findings = AgentReview.findings(on: document)
        let isValid = !findings.contains { $0.severity == .error }
        return [
            "name": document["name"] ?? "", "valid": .bool(isValid), "problems": .array(findings.map(\.json)),
        ]
    }

    private func stored(_ name: String) async throws(Failure) -> Document {
        do throws(StoreError) {
            if let document = try await agents.get(name) { return document }
        } catch { throw Failure(error) }
        throw Failure(.notFound, "no agent is called \(name); `patchbay agent list` shows them", field: "name")
    }

    private static func describe(_ document: Document) -> JSONObject {
        [
            "name": .string(document.name), "revision": .int(document.revision),
            "updated_at": .string(document.updated.description),
            "stages": .int(Int64(document.body["stages"]?.array?.count ?? 0)),
        ]
    }
}
