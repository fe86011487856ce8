import Campaigns
import Core
import Glibc
import IO
import JSONKit
import Jobs
import Knowledge
import PluginHost
import RPCSchema
import Routes
import Store
import Synchronization

@testable import Calls
@testable import Control
@testable import patchbay

/// A control plane on a socket of its own, over the real store, plugins, routes and collections. Only the live call is
/// made up: it needs no telephone.
final class ControlBench: Sendable {
    static let call = "call_01KATZ5Q3M8T2WD9XH4C6V7B0N"
    let folder: String
    let path: String
    let store: Store
    let loop: PollLoop
    let registry: Registry
    let routes: RouteTable
    /// Started by the tests that want jobs done.
    let jobs: JobRunner
    let said = Mutex<[String]>([])
    let shutdowns = Mutex<[Duration?]>([])
    private let service: PollLoop
    private let server = Mutex<ControlServer?>(nil)

    /// Where SwiftPM put the plugins: beside the test runner.
    static let libraries: String = {
        let path = CommandLine.arguments[0]
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()

    init(plugins: [String] = [], access: Access? = nil) throws {
        var template = Array("/tmp/patchbay-control-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        path = "\(folder)/control.sock"
        store = try Store(StateFolder(folder))
        (loop, service) = (try PollLoop(name: "control"), try PollLoop(name: "service"))
        loop.start()
        service.start()
        let log = store.log
        let host = HostServices(loop: service, http: HTTPClient(loop: service), secretsFolder: folder)
        registry = Registry(folder: "\(folder)/generations", host: host) { log.append($0, completion: nil) }
        routes = RouteTable(registry: registry, loop: service) { log.append($0, completion: nil) }
        let imports = LeadImportWork(store: store, routes: routes, plan: .shipped)
        jobs = JobRunner(store, [ReviewWork(store.log, routes), imports], host: "test")
        for name in plugins {
            let config: JSON = name == "warehouse-sqlite" ? ["path": .string("\(folder)/warehouse.db")] : [:]
            let info = try registry.load(path: "\(Self.libraries)/lib\(name).so", config: config)
            if routes.get(info.kind.rawValue) == nil, info.kind.interface != nil {
                routes.set(try Route(name: info.kind.rawValue, kind: info.kind, steps: [Step(plugin: name)]))
            }
        }
        let server = try ControlServer(path: path, loop: loop, access: access ?? Access(), services: try services())
        server.start()
        self.server.withLock { $0 = server }
    }

    deinit {
        server.withLock { $0 }?.stop()
        loop.stop()
        service.stop()
        store.close()
        _ = system("rm -rf '\(folder)'")
    }

    private func services() throws -> Services {
        let (store, routes) = (store, routes)
        return Services(
            system: SystemServices(
                version: "test",
                stateFolder: folder,
                listen: ["127.0.0.1:8080"],
                publicURL: "https://voice.example.org",
                callLimit: 1000,
                isDraining: { false },
                checks: { [SystemServices.Check("event_log")] },
                drain: { _ in },
                shutdown: { [weak self] deadline in self?.shutdowns.withLock { $0.append(deadline) } }
            ),
            plugins: registry,
            check: CheckRunner(program: "\(Self.libraries)/patchbay"),
            routes: routes,
            calls: calls(),
            place: { wish in
                PlacedByHand(attempt: "hand_\(wish.id ?? "1")", carrierCallID: "CA1", status: "queued")
            },
            agents: AgentServices(
                list: { () async throws(StoreError) in try await store.documents.list("agents") },
                get: { name async throws(StoreError) in try await store.documents.get("agents", name) },
                put: { agent, revision async throws(StoreError) in
                    try await store.documents.put("agents", agent.name, agent.json, ifRevision: revision)
                },
                delete: { name async throws(StoreError) in try await store.documents.delete("agents", name) }
            ),
            store: store,
            jobs: jobs,
            campaigns: CampaignServices(
                CampaignKeeper(
                    store,
                    CampaignKeeper.Neighbours(agents: { () async throws(StoreError) in
                        try await store.documents.list("agents").map {
                            CampaignSurroundings.Agent($0.name, hasMessage: false)
                        }
                    })
                ),
                CampaignReporter(store, try RuleBook.shipped(), zone: .utc),
                try RuleBook.shipped()
            ),
            sessions: sessions(),
            collections: try Collections(folder: try store.folder.subfolder("collections")) {
                texts throws(KnowledgeError) in
                var vectors: [[Float]] = []
                for text in texts {
                    guard let answer = try? await routes.ask(.embedder, .text(text)) else {
                        throw .embedding("nobody answered")
                    }
                    for case .vector(let vector) in answer { vectors.append(vector) }
                }
                return vectors
            },
            configuration: ["state": "state", "limits": ["calls": 1000]]
        )
    }

    private func calls() -> CallDirectoryServices {
        let call = CallSummary(
            id: CallID(Self.call),
            agent: "front-desk",
            direction: .inbound,
            from: "+15550100",
            to: "+15550123",
            carrierCallID: "CA0123456789abcdef0123456789abcdef",
            state: "listening",
            stage: "intro",
            startedAt: .now(),
            seconds: 12.5,
            turns: 2,
            transcript: [["who": "caller", "text": "my front brake squeaks"]],
            session: [:]
        )
        return CallDirectoryServices(
            count: { 1 },
            list: { [call] },
            get: { $0 == call.id ? call : nil },
            say: { [weak self] id, text async throws(CallFailure) in
                guard id == call.id else { throw .notLive(id) }
                self?.said.withLock { $0.append(text) }
            },
            hangup: { id, _ async throws(CallFailure) in if id != call.id { throw .notLive(id) } },
            sendDigits: { id, _ async throws(CallFailure) in if id != call.id { throw .notLive(id) } },
            transfer: { id, _ async throws(CallFailure) in if id != call.id { throw .notLive(id) } }
        )
    }

    private func sessions() -> MemorySessions {
        let sessions = MemorySessions()
        let state = SessionState(
            call: CallID(Self.call),
            lastTranscript: "my front brake squeaks",
            lastIntent: "repair",
            stage: "intake",
            context: ["bicycle": "red"]
        )
        sessions.put(state)
        return sessions
    }

    /// A running campaign.
    func addCampaign(_ name: String, lists: [String]) async throws {
        let body: JSON = [
            "name": .string(name), "agent": "front-desk", "caller_ids": ["+15005550006"],
            "lists": .array(lists.map { .string($0) }),
        ]
        let record = CampaignRecord(name: name, state: CampaignRecord.running, body: body, made: .now())
        try await store.campaigns.add(record)
    }

    /// A file in the bench's folder; its path.
    func write(_ name: String, _ text: String) -> String {
        let path = "\(folder)/\(name)"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let bytes = Array(text.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
        return path
    }

    func connect() throws -> Peer { try Peer(path) }
}
