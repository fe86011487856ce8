import CLinux
import Calls
import Campaigns
import Control
import Core
import Gateway
import IO
import JSONKit
import Jobs
import Knowledge
import Media
import PluginHost
import Routes
import Store
import Synchronization

/// The host: every layer made and bound to the others. Only here are concrete implementations named.
final class Host: Sendable {
    let configuration: Configuration
    let store: Store
    let registry: Registry
    let routes: RouteTable
    let agents: AgentDirectory
    let sessions: any Sessions
    let collections: Collections
    let calls: CallDirectory
    let jobs: JobRunner
    let campaigns: CampaignServices
    /// Where calls are placed.
    let desk: CarrierDesk
    let handPlaced: HandPlacedCalls
    let dialler: Dialler
    let readiness: Readiness
    let server: HTTPServer
    let startedAt = Timestamp.now()
    /// How long live calls may go on once the host is told to stop.
    let drainLimit: Mutex<Duration>
    private let service: PollLoop
    private let loops: [SocketLoop]
    private let recorder: Recorder
    private let consumers: Consumers
    private let leadPulling: LeadPulling

    /// Starts everything but the control plane; calls are taken from now on.
    init(_ configuration: Configuration) async throws(StartFailure) {
        self.configuration = configuration
        drainLimit = Mutex(configuration.limits.drain)
        service = try StartFailure.wrap { () throws(IOFailure) in try PollLoop(name: "service") }
        service.start()
        let http = HTTPClient(loop: service)
        let plugins = HostServices(loop: service, http: http, secretsFolder: configuration.secrets)
        store = try Self.store(configuration, plugins)
        let log = store.log
        let record: @Sendable (Event) -> Void = { log.append($0, completion: nil) }
        registry = try Self.registry(configuration, plugins, record)
        routes = RouteTable(registry: registry, loop: service, record: record)
        agents = try await StartFailure.wrap { [store] () async throws(StoreError) in try await AgentDirectory(store) }
        let sessions = SessionKeeping.sessions(configuration, secrets: plugins)
        self.sessions = sessions
        recorder = Recorder()
        readiness = Readiness(registry: registry, routes: routes, log: log)
        loops = try Self.loops(configuration, headers: Self.headers(registry))
        let folder = try StartFailure.wrap { [store] () throws(StoreError) in try store.folder.subfolder("recording") }
        collections = try Self.collections(store, routes, record)
        let collections = collections
        let search: @Sendable (String, String, Int) async -> [Passage]? = { name, text, limit in
            let hits = try? await collections.search(name, text, limit: limit)
            return hits?.map { Passage(text: $0.text, score: $0.score, document: $0.document, heading: $0.heading) }
        }
        let tools = ToolRunner(http: http, secrets: plugins, routes: routes, search: search)
        let agents = agents
        let services = CallServices(
            routes: routes,
            record: record,
            remember: { id, memory in sessions.remember(id, memory) },
            retrieve: search,
            runTool: { await tools.run($0) },
            agent: { agents.find($0) },
            recorder: recorder,
            recordings: folder,
            limit: configuration.limits.calls
        )
        calls = CallDirectory(services: services, loops: loops)
        if configuration.store.name == "postgres" { agents.follow() }
        let rules = try StartFailure.wrap { () throws(RuleError) in try configuration.dialing.book() }
        campaigns = CampaignKeeping.services(configuration, store, agents, rules)
        let erasure = ErasureKeeping(
            configuration: configuration,
            store: store,
            routes: routes,
            registry: registry,
            sessions: sessions,
            collections: collections,
            recordings: folder
        )
        jobs = JobKeeping.runner(configuration, store, routes, service, campaigns, erasure)
        leadPulling = LeadPulling(configuration.leadPulls, jobs, store.jobs)
        desk = CarrierDesk(registry: registry, loop: service, publicURL: configuration.publicURL)
        handPlaced = HandPlacedCalls(store, agents: agents, desk: desk)
        let campaignCalls = CampaignCalls(
            store: store,
            agents: agents,
            desk: desk,
            keeper: campaigns.keeper,
            rules: rules
        )
        dialler = campaignCalls.dialler(configuration, calls, readiness)
        consumers = Consumers(configuration, store, routes, jobs, campaigns.keeper, dialler)
        let placed = campaignCalls.finder(besides: handPlaced)
        let gateway = Self.gateway(configuration, registry, calls, agents, sessions, readiness, log, plugins, placed)
        let loops = loops
        server = try StartFailure.wrap { () throws(IOFailure) in
            try HTTPServer(
                host: configuration.listen.host,
                port: configuration.listen.port,
                loops: loops,
                handler: gateway
            )
        }
        try await prepare()
        for loop in loops { loop.start() }
        server.start()
        consumers.start()
        jobs.start()
        campaigns.keeper.start()
        leadPulling.start()
        dialler.start()
        ControlPlane.showVersion()
        record(Event(.hostStarted, key: "host", data: ["port": .int(Int64(server.port))]))
    }

    /// What loaded plugins say will not work, by plugin: a missing secret, a server that does not answer.
    func problems() -> [(plugin: String, problem: String)] {
        let unheard = "warehouse_from is \"broker\", and there is no events route: the warehouse will get nothing"
        let isUnheard = !configuration.deliveries.loadsFromLog && routes.get("events") == nil
        return (isUnheard ? [("deliveries", unheard)] : [])
            + registry.list().compactMap { info in
                (try? registry.lease(info.name))?.health(within: .seconds(2)).map { (info.name, $0.description) }
            }
    }

    /// Refuses new calls, lets the live ones finish, delivers what waits, and closes.
    func stop() async {
        _ = readiness.drain()
        store.log.append(Event(.hostDraining, key: "host", data: ["calls": .int(Int64(calls.count))]), completion: nil)
        let drainLimit = drainLimit.withLock { $0 }
        await dialler.letRingOut(within: min(drainLimit, .seconds(60)))
        await dialler.stop()
        await calls.drain(within: drainLimit)
        server.stopListening()
        await campaigns.keeper.stop()
        leadPulling.stop()
        await jobs.stop()
        await consumers.stop(within: .seconds(10))
        await collections.save()
        store.log.append(Event(.hostStopped, key: "host"), completion: nil)
        for loop in loops { loop.stop() }
        sessions.stop()
        store.close()
        service.stop()
    }

    // MARK: Parts

    private static func registry(
        _ configuration: Configuration,
        _ services: HostServices,
        _ record: @escaping @Sendable (Event) -> Void
    ) throws(StartFailure) -> Registry {
        let registry = Registry(folder: "\(configuration.state)/generations", host: services, record: record)
        for entry in configuration.plugins {
            do {
                try registry.load(path: configuration.library(entry.path), name: entry.name, config: entry.config)
            } catch {
                throw StartFailure("plugins: \(error)")
            }
        }
        return registry
    }

    private static func store(
        _ configuration: Configuration,
        _ secrets: HostServices
    ) throws(StartFailure) -> Store {
        try StartFailure.wrap { () throws(StoreError) in
            let folder = try StateFolder(configuration.state)
            guard configuration.store.name == "postgres" else { return try Store(folder) }
            let name = configuration.store.passwordSecret
            let engine = StoreEngine.postgres(url: configuration.store.url) {
                name.isEmpty ? nil : secrets.secret(name)
            }
            return try Store(folder, engine: engine, host: configuration.deliveries.host)
        }
    }

    private static func collections(
        _ store: Store,
        _ routes: RouteTable,
        _ record: @escaping @Sendable (Event) -> Void
    ) throws(StartFailure) -> Collections {
        let folder = try StartFailure.wrap { () throws(StoreError) in try store.folder.subfolder("collections") }
        return try StartFailure.wrap { () throws(KnowledgeError) in
            try Collections(folder: folder, embed: Embedding.through(routes), record: record)
        }
    }

    /// The request headers that the telephony plugins want to see.
    private static func headers(_ registry: Registry) -> [String] {
        registry.list().filter { $0.kind == .telephony }.flatMap { plugin in
            (try? registry.schema(plugin.name))?["x-headers"]?.array?.compactMap(\.string) ?? []
        }
    }

    private static func loops(_ configuration: Configuration, headers: [String]) throws(StartFailure) -> [SocketLoop] {
        let listen = configuration.listen
        let identity =
            listen.certificate.isEmpty ? nil : SocketLoop.Identity(certificate: listen.certificate, key: listen.key)
        var loops: [SocketLoop] = []
        for number in 1...listen.loops {
            loops.append(
                try StartFailure.wrap { () throws(IOFailure) in
                    try SocketLoop(name: "calls-\(number)", identity: identity, headers: headers)
                }
            )
        }
        return loops
    }

    private static func gateway(
        _ configuration: Configuration,
        _ registry: Registry,
        _ calls: CallDirectory,
        _ agents: AgentDirectory,
        _ sessions: any Sessions,
        _ readiness: Readiness,
        _ log: EventLog,
        _ secrets: HostServices,
        _ placed: @escaping @Sendable (String) async throws(StoreError) -> PlacedCall?
    ) -> Gateway {
        let numbers = configuration.numbers
        func secret(_ name: String) -> (@Sendable () -> String?)? {
            let read: @Sendable () -> String? = { secrets.secret(name) }
            return name.isEmpty ? nil : read
        }
        let limit = configuration.limits.calls
        return Gateway(
            GatewayServices(
                registry: registry,
                calls: calls,
                record: { log.append($0, completion: nil) },
                choose: { incoming in
                    let entry = numbers.first { $0.to == "*" || $0.to == incoming.to }
                    return entry.flatMap { agents.find($0.agent) }
                },
                placed: placed,
                takeOver: { await SessionKeeping.takeOver($0, sessions, agents) },
                keep: { (try? await log.append(known: $0)) != nil },
                noticeSecret: secret(configuration.recordings.notificationSecret),
                wishSecret: secret(configuration.dialing.startSecret),
                obstacles: { readiness.obstacles() + (calls.count >= limit ? ["all \(limit) lines are busy"] : []) },
                isDraining: { readiness.isDraining },
                publicURL: configuration.publicURL
            )
        )
    }

    /// What the configuration asks for, and what an earlier run left.
    private func prepare() async throws(StartFailure) {
        for entry in configuration.routes {
            do { routes.set(try Route(name: entry.kind.rawValue, kind: entry.kind, steps: entry.steps)) } catch {
                throw StartFailure("routes.\(entry.kind.rawValue): \(error)")
            }
        }
        try await restoreRoutes()
        for path in configuration.agents { try await put(agent: path) }
        for entry in configuration.collections { try await fill(entry) }
        for entry in configuration.numbers where agents.find(entry.agent) == nil {
            throw StartFailure("numbers: no agent is called \(entry.agent); name its document in \"agents\"")
        }
        do throws(StoreError) {
            for open in try await store.log.openCalls() {
                try await store.log.append(
                    Event(.callInterrupted, key: open.event.key, data: Self.interruption(of: open.event))
                )
            }
            let folder = try store.folder.subfolder("recording")
            await LeftRecordings(folder: folder, log: store.log, agents: agents).finish()
        } catch { throw StartFailure("\(error)") }
    }

    /// What is told of a call that ended with its host; what it was placed for among it.
    private static func interruption(of event: Event) -> JSON {
        var data: JSONObject = ["reason": "the host stopped"]
        for (name, value) in CallOrder(event.data)?.members ?? [:] { data[name] = value }
        return .object(data)
    }

    /// Makes a collection that is missing and fills it; one that exists is left as it is.
    private func fill(_ entry: Configuration.CollectionEntry) async throws(StartFailure) {
        if (try? await collections.info(entry.name)) != nil { return }
        var documents: [SourceDocument] = []
        for path in entry.documents {
            guard let bytes = Files.read(path) else { throw StartFailure("collections: \(path): \(Files.lastError())") }
            let name = String(path.split(separator: "/").last ?? "")
            documents.append(SourceDocument(id: name, text: String(decoding: bytes, as: UTF8.self)))
        }
        do throws(KnowledgeError) {
            try await collections.create(entry.name, metric: Metric(rawValue: entry.metric) ?? .cosine)
            _ = try await collections.add(entry.name, documents)
        } catch {
            throw StartFailure("collections.\(entry.name): \(error)")
        }
    }

    private func put(agent path: String) async throws(StartFailure) {
        guard let bytes = Files.read(path) else { throw StartFailure("agents: \(path): \(Files.lastError())") }
        do {
            let agent = try AgentDocument(JSONWithComments.parse(bytes))
            guard try await agents.get(agent.name) == nil else { return }
            _ = try await agents.put(agent)
        } catch { throw StartFailure("agents: \(path): \(error)") }
    }
}

extension StartFailure {
    /// Runs a step of starting; what it throws becomes the one line that the operator reads.
    static func wrap<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(StartFailure) -> Value {
        do { return try body() } catch { throw StartFailure("\(error)") }
    }

    static func wrap<Value, Failure: Error>(
        _ body: () async throws(Failure) -> Value
    ) async throws(StartFailure) -> Value {
        do { return try await body() } catch { throw StartFailure("\(error)") }
    }
}
