import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Routes
import Services
import Store
import Synchronization

/// The engines that jobs are kept in.
enum TestEngine: String, CaseIterable, Sendable {
    case sqlite, postgres
}

/// One PostgreSQL for the suite; each test takes a database of its own.
enum SharedPostgres {
    private static let server = Mutex<PostgresServer?>(nil)

    static func database() throws -> String {
        try server.withLock { server in
            let running = try server ?? PostgresServer()
            server = running
            return try running.database()
        }
    }
}

/// A clock that stands still until it is told to go on.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(unixMilliseconds: 1_795_500_000_000))

    var now: @Sendable () -> Timestamp { { self.time.withLock { $0 } } }

    func pass(_ duration: Duration) {
        time.withLock { $0 = Timestamp(unixMilliseconds: $0.unixMilliseconds + duration.wholeMilliseconds) }
    }
}

/// A store in a folder of its own, and a clock.
final class JobBench: Sendable {
    let folder: String
    let store: Store?
    let clock = TestClock()
    private let service = Mutex<PollLoop?>(nil)

    init(_ engine: TestEngine) throws {
        var template = Array("/tmp/patchbay-jobs-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        let url = engine == .postgres ? try SharedPostgres.database() : ""
        store = try Store(
            StateFolder(folder),
            engine: url.isEmpty ? .sqlite : .postgres(url: url, password: { nil }),
            host: "a"
        )
    }

    deinit {
        store?.close()
        service.withLock { $0 }?.stop()
        _ = system("rm -rf '\(folder)'")
    }

    /// Where the routes' questions are asked.
    var loop: PollLoop? { service.withLock { $0 } }

    func topics() async throws -> [Topic] {
        try await store?.log.read(after: 0, limit: 1000).map(\.event.topic) ?? []
    }

    /// Routes over a provider that does as told.
    func routes(_ kind: Kind, _ config: JSON, plugin: String = "fake-provider") throws -> RouteTable {
        let loop = try service.withLock { service in
            let loop = try service ?? PollLoop(name: "service")
            if service == nil { loop.start() }
            service = loop
            return loop
        }
        let host = HostServices(loop: loop, http: HTTPClient(loop: loop), secretsFolder: folder)
        let registry = Registry(folder: "\(folder)/generations-\(plugin)", host: host) { _ in }
        let table = RouteTable(registry: registry, loop: loop)
        let binaries = CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/")
        try registry.load(path: "/\(binaries)/lib\(plugin).so", name: "provider", config: config)
        let step = Step(plugin: "provider", first: .milliseconds(500), next: .milliseconds(500))
        table.set(try Route(name: kind.rawValue, kind: kind, steps: [step]))
        return table
    }
}
