import Calls
import Core
import Glibc
import IO
import JSONKit
import Knowledge
import PluginHost
import Routes
import Synchronization

/// Everything that one conversation needs of a host: plugins, routes, collections, and a clock that is told the time.
final class TrialWorld: Sendable {
    let loop = ManualLoop()
    let registry: Registry
    let routes: RouteTable
    let collections: Collections
    private let service: PollLoop
    private let folder: String
    private let heard: Heard

    /// What the host tells, from any thread, until the conversation looks.
    private final class Heard: Sendable {
        let events = Mutex<[Event]>([])
        let memory = Mutex<CallMemory?>(nil)
    }

    init(_ setup: TrialSetup) throws(TrialFailure) {
        let folder = try Self.newFolder()
        let service: PollLoop
        do { service = try PollLoop(name: "trial") } catch { throw TrialFailure("\(error)") }
        service.start()
        let heard = Heard()
        let record: @Sendable (Event) -> Void = { event in heard.events.withLock { $0.append(event) } }
        let host = HostServices(
            loop: setup.isRealTime ? service : loop,
            http: HTTPClient(loop: service),
            secretsFolder: setup.secrets.isEmpty ? folder : setup.secrets
        )
        registry = Registry(folder: "\(folder)/generations", host: host) { _ in }
        routes = RouteTable(registry: registry, loop: service, record: record)
        do {
            try Self.make("\(folder)/collections")
            collections = try Collections(folder: "\(folder)/collections", embed: Self.embedding(routes))
            for library in setup.libraries {
                try registry.load(path: library.path, name: library.name, config: library.config)
            }
        } catch {
            throw TrialFailure("\(error)")
        }
        for route in setup.routes { routes.set(route) }
        (self.folder, self.service, self.heard) = (folder, service, heard)
    }

    func close() {
        service.stop()
        _ = Self.remove(folder)
    }

    /// Fills the collections that the agent looks things up in.
    func fill(_ file: TrialFile) async throws(TrialFailure) {
        for (name, documents) in file.collections {
            let sources = documents.map { SourceDocument(id: $0.name, text: $0.text) }
            do throws(KnowledgeError) {
                try await collections.create(name)
                _ = try await collections.add(name, sources)
            } catch {
                throw TrialFailure("collections.\(name): \(error)")
            }
        }
    }

    // MARK: The call's services

    func services(_ tools: ScriptedTools, agents: [AgentDocument]) -> CallServices {
        let (heard, collections) = (heard, collections)
        return CallServices(
            routes: routes,
            record: { event in heard.events.withLock { $0.append(event) } },
            remember: { _, memory in if let memory { heard.memory.withLock { $0 = memory } } },
            retrieve: { name, text, limit in
                let hits = try? await collections.search(name, text, limit: limit)
                return hits?.map {
                    Passage(text: $0.text, score: $0.score, document: $0.document, heading: $0.heading)
                }
            },
            runTool: { await tools.run($0) },
            agent: { name in agents.first { $0.name == name } }
        )
    }

    /// What was told since the last look.
    func events() -> [Event] {
        heard.events.withLock { events in
            defer { events = [] }
            return events
        }
    }

    var memory: CallMemory? { heard.memory.withLock { $0 } }

    private static func embedding(_ routes: RouteTable) -> Collections.Embed {
        { texts throws(KnowledgeError) in
            var vectors: [[Float]] = []
            for text in texts {
                do throws(RouteFailure) {
                    let answers = try await routes.ask(.embedder, .text(text), within: .seconds(10))
                    for case .vector(let vector) in answers { vectors.append(vector) }
                } catch {
                    throw .embedding(error.message)
                }
            }
            return vectors
        }
    }

    // MARK: Its folder

    private static func newFolder() throws(TrialFailure) -> String {
        var template = Array("/tmp/patchbay-trial-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TrialFailure("no folder can be made in /tmp: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func make(_ folder: String) throws(TrialFailure) {
        guard mkdir(folder, 0o700) == 0 else { throw TrialFailure("\(folder): \(String(cString: strerror(errno)))") }
    }

    /// Removes a folder of ours with all that is in it.
    private static func remove(_ folder: String) -> Bool {
        guard let directory = opendir(folder) else { return false }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            let path = "\(folder)/\(name)"
            if unlink(path) != 0 { _ = remove(path) }
        }
        closedir(directory)
        return rmdir(folder) == 0
    }
}
