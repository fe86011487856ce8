import Calls
import Core
import JSONKit
import Store
import Synchronization

/// The agent documents, parsed, as calls use them; durable in the store. Any thread.
///
/// A live call keeps the document it began with.
final class AgentDirectory: Sendable {
    static let collection = "agents"
    private let agents = Mutex<[String: AgentDocument]>([:])
    private let documents: Documents
    private let log: EventLog

    /// Reads what is stored. A stored document that this version refuses is left out and logged.
    init(_ store: Store) async throws(StoreError) {
        (documents, log) = (store.documents, store.log)
        for document in try await documents.list(Self.collection) {
            do throws(FieldError) {
                let agent = try AgentDocument(document.body)
                agents.withLock { $0[agent.name] = agent }
            } catch {
                Log("agents").error(
                    "a stored agent is refused",
                    ["agent": .string(document.name), "reason": .string("\(error)")]
                )
            }
        }
    }

    /// Keeps up with what other hosts on the same database put and delete.
    func follow() {
        _ = log.follow(after: log.lastPosition, topics: [.agentPut, .agentDeleted]) { [weak self] batch in
            guard let self else { return false }
            Task { for recorded in batch { await self.refresh(recorded.event.key) } }
            return true
        }
    }

    private func refresh(_ name: String) async {
        guard let document = try? await documents.get(Self.collection, name) else {
            return agents.withLock { $0[name] = nil }
        }
        if let agent = try? AgentDocument(document.body) { agents.withLock { $0[name] = agent } }
    }

    func find(_ name: String) -> AgentDocument? { agents.withLock { $0[name] } }

    /// Stores a checked document; calls that begin from now on use it.
    func put(_ agent: AgentDocument, ifRevision revision: Int64? = nil) async throws(StoreError) -> Document {
        let document = try await documents.put(Self.collection, agent.name, agent.json, ifRevision: revision)
        agents.withLock { $0[agent.name] = agent }
        log.append(Event(.agentPut, key: agent.name, data: ["revision": .int(document.revision)]), completion: nil)
        return document
    }

    /// Whether there was one.
    func delete(_ name: String) async throws(StoreError) -> Bool {
        guard try await documents.delete(Self.collection, name) else { return false }
        agents.withLock { $0[name] = nil }
        log.append(Event(.agentDeleted, key: name), completion: nil)
        return true
    }

    func list() async throws(StoreError) -> [Document] { try await documents.list(Self.collection) }

    func get(_ name: String) async throws(StoreError) -> Document? { try await documents.get(Self.collection, name) }
}
