public import Core
import IO
public import JSONKit
import PluginAPI
import Synchronization

/// One configured instance of a library: a generation of a plugin. Streams hold it; when the last of them and the
/// registry have let go, the plugin's `destroy` runs on a thread of its own.
///
/// Unchecked: the pointers are constant, and what changes is behind a lock.
public final class Instance: @unchecked Sendable {
    public let name: String
    public let kind: Core.Kind
    public let version: String
    public let generation: Int
    public let digest: String
    public let path: String
    public let config: JSON
    public let blocks: Bool
    let library: Library
    let services: PluginServices
    private let plugin: UnsafeMutableRawPointer?
    private let onRetired: @Sendable (String, Int) -> Void
    private let state = Mutex(State())
    /// Calls that held a loop for more than 5 ms.
    let slowCalls: Counter
    let violations: Violations
    let rehearsal = Rehearsal()

    private struct State {
        var ports: [ObjectIdentifier: StreamPort] = [:]
        /// Closed ports are kept a while: a plugin that emits after `close` finds memory that is still ours.
        var quarantine: [StreamPort] = []
        var oldest = 0
        var opened: UInt64 = 0
    }

    private static let quarantined = 4096

    /// Creates the plugin; may block. [control]
    init(
        library: Library,
        name: String,
        generation: Int,
        path: String,
        config: JSON,
        host: HostServices,
        onRetired: @escaping @Sendable (String, Int) -> Void
    ) throws(PluginError) {
        self.library = library
        (self.name, self.generation, self.path, self.config) = (name, generation, path, config)
        guard let kind = Core.Kind(rawValue: library.kind) else {
            throw .incompatible(path: path, reason: "unknown kind \(library.kind)")
        }
        self.kind = kind
        version = library.version
        digest = library.digest
        blocks = library.blocks
        self.onRetired = onRetired
        slowCalls = Metrics.shared.counter(
            "patchbay_plugin_slow_calls_total",
            help: "Calls into a plugin that held an audio loop for more than 5 ms.",
            labels: [("plugin", name)]
        )
        violations = Violations(plugin: name)
        services = PluginServices(plugin: name, host: host)
        var created: UnsafeMutableRawPointer?
        var error = pb_error()
        var text = config.description
        let table = library.table
        let services = services
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                table.pointee.create(
                    services.table,
                    pb_text(bytes: characters.baseAddress, length: UInt64(characters.count)),
                    &created,
                    &error
                )
            }
        }
        guard code == Int32(PB_OK) else {
            // It may have started a timer or a request before it knew better.
            services.invalidate()
            throw .rejectedConfig(PluginFailure(error).description)
        }
        plugin = created
    }

    /// Streams that are open now.
    public var openStreams: Int { state.withLock { $0.ports.count } }
    public var openedStreams: UInt64 { state.withLock { $0.opened } }

    /// Whether a stream of this interface can be opened.
    public func offers(_ interface: String) -> Bool { table(for: interface) != nil }

    func table(for interface: String) -> UnsafePointer<pb_stream_table>? {
        library.table.pointee.find(plugin, interface)
    }

    var pointer: UnsafeMutableRawPointer? { plugin }

    func register(_ port: StreamPort) {
        state.withLock {
            $0.ports[ObjectIdentifier(port)] = port
            $0.opened += 1
        }
    }

    func unregister(_ port: StreamPort) {
        let expelled: StreamPort? = state.withLock { state in
            guard state.ports.removeValue(forKey: ObjectIdentifier(port)) != nil else { return nil }
            guard state.quarantine.count >= Self.quarantined else {
                state.quarantine.append(port)
                return nil
            }
            let oldest = state.quarantine[state.oldest]
            state.quarantine[state.oldest] = port
            state.oldest = (state.oldest + 1) % Self.quarantined
            return oldest
        }
        withExtendedLifetime(expelled) {}
    }

    /// Fails every open stream with a retryable `superseded`, so that routes reopen them on the new generation.
    func supersede() {
        let ports = state.withLock { Array($0.ports.values) }
        for port in ports { port.supersede() }
    }

    /// How many seconds our clock is ahead of the servers' that the plugin has talked with; nil: none has said.
    public var clockSkew: Int64? { services.clock.seconds }

    /// Asks the plugin whether a stream would probably work. [control]
    public func health(within deadline: Duration) -> PluginFailure? {
        guard let health = library.table.pointee.health else { return nil }
        var error = pb_error()
        let code = health(plugin, UInt64(deadline.wholeMicroseconds), &error)
        return code == Int32(PB_OK) ? nil : PluginFailure(error)
    }

    deinit {
        // `destroy` may block, and the last reference may go on an audio loop.
        let remains = Remains(
            library: library,
            services: services,
            plugin: plugin,
            ports: state.withLock { $0.quarantine }
        )
        let (name, generation, onRetired) = (name, generation, onRetired)
        Thread.start(name: "retire") {
            remains.destroy()
            onRetired(name, generation)
        }
    }
}

/// What is left of an instance until its plugin is destroyed.
///
/// Unchecked: it is handed to one thread and used there.
private final class Remains: @unchecked Sendable {
    private let library: Library
    private let services: PluginServices
    private let plugin: UnsafeMutableRawPointer?
    private let ports: [StreamPort]

    init(library: Library, services: PluginServices, plugin: UnsafeMutableRawPointer?, ports: [StreamPort]) {
        (self.library, self.services, self.plugin, self.ports) = (library, services, plugin, ports)
    }

    func destroy() {
        library.table.pointee.destroy(plugin)
        services.invalidate()
    }
}
