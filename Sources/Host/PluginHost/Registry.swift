public import Core
import Glibc
public import JSONKit
import Synchronization

/// The loaded plugins by name. Exchanging one publishes a new generation; the old one lives while streams hold it.
///
/// Loading, exchanging and unloading block and are called from workers, one at a time; `lease` and `list` from anywhere.
public final class Registry: Sendable {
    private struct Entry {
        var current: Instance
        var loadedAt: Timestamp
        /// What each generation was made of, so that one can be brought back.
        var history: [Int: (path: String, config: JSON)]
        var draining: [Weak] = []
    }

    private struct Weak {
        weak var instance: Instance?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var order: [String] = []
        var serial = 0
        var swiftLoads = 0
    }

    private let folder: String
    private let host: HostServices
    private let record: @Sendable (Event) -> Void
    private let state = Mutex(State())
    /// Loads happen one after the other.
    private let loading = Mutex(())
    /// Code with Swift in it is never unmapped, and loading slows down with the number of images.
    private static let swiftLoadsBound = 200
    private let log = Log("plugins")

    /// `folder` holds the private copies; those of an earlier run are removed. `record` gets `plugin.*` events.
    public init(folder: String, host: HostServices, record: @escaping @Sendable (Event) -> Void) {
        (self.folder, self.host, self.record) = (folder, host, record)
        mkdir(folder, 0o700)
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name.hasSuffix(".so") { unlink("\(folder)/\(name)") }
            }
            closedir(directory)
        }
    }

    /// Loads a file as a new plugin. `name` defaults to the plugin's own.
    @discardableResult
    public func load(path: String, name: String? = nil, config: JSON = [:]) throws(PluginError) -> PluginInfo {
        let instance = try loading.withLock { _ throws(PluginError) in
            let library = try open(path)
            let name = name ?? library.name
            guard state.withLock({ $0.entries[name] == nil }) else { throw .alreadyLoaded(name) }
            let instance = try make(library, name: name, generation: 1, path: path, config: config)
            state.withLock {
                $0.entries[name] = Entry(current: instance, loadedAt: .now(), history: [1: (path, config)])
                $0.order.append(name)
            }
            return instance
        }
        record(Event(.pluginLoaded, key: instance.name, data: describe(instance)))
        return try info(instance.name)
    }

    /// Makes another file, another configuration or an earlier generation the current one. What is not given stays.
    /// Live streams keep the generation they have; after `drain` they are failed with a retryable `superseded`.
    public func swap(
        _ name: String,
        path: String? = nil,
        config: JSON? = nil,
        generation: Int? = nil,
        drain: Duration? = nil
    ) throws(PluginError) -> SwapInfo {
        let (fresh, old) = try loading.withLock { _ throws(PluginError) in
            guard let entry = state.withLock({ $0.entries[name] }) else { throw .notFound(name) }
            var source = (path: path ?? entry.current.path, config: config ?? entry.current.config)
            if let generation {
                guard let earlier = entry.history[generation] else {
                    throw .unknownGeneration(name: name, generation: generation)
                }
                source = earlier
            }
            let library = try open(source.path)
            guard library.kind == entry.current.kind.rawValue else {
                throw .wrongKind(
                    name: name,
                    reason: "is of kind \(entry.current.kind.rawValue), \(source.path) of kind \(library.kind)"
                )
            }
            let next = entry.current.generation + 1
            let instance = try make(library, name: name, generation: next, path: source.path, config: source.config)
            state.withLock { state in
                state.entries[name]?.current = instance
                state.entries[name]?.loadedAt = .now()
                state.entries[name]?.history[next] = source
                state.entries[name]?.draining.append(Weak(instance: entry.current))
                state.entries[name]?.draining.removeAll { $0.instance == nil }
            }
            return (instance, entry.current)
        }
        if let drain { supersede(old, after: drain) }
        let result = SwapInfo(
            name: name,
            generation: fresh.generation,
            previous: old.generation,
            draining: old.openStreams
        )
        record(
            Event(
                .pluginSwapped,
                key: name,
                data: [
                    "generation": .int(Int64(result.generation)), "previous": .int(Int64(result.previous)),
                    "draining": .int(Int64(result.draining)), "digest": .string(fresh.digest),
                    "version": .string(fresh.version),
                ]
            )
        )
        Metrics.shared.counter("patchbay_plugin_swap_total", help: "Exchanges of plugins.", labels: [("plugin", name)])
            .add()
        return result
    }

    /// Offers a plugin no longer. Refused while streams are open, unless `drain` says when to end them.
    public func unload(_ name: String, drain: Duration? = nil) throws(PluginError) {
        let instance = try loading.withLock { _ throws(PluginError) in
            guard let entry = state.withLock({ $0.entries[name] }) else { throw .notFound(name) }
            let streams = entry.current.openStreams
            guard streams == 0 || drain != nil else { throw .inUse(name: name, streams: streams) }
            state.withLock {
                $0.entries[name] = nil
                $0.order.removeAll { $0 == name }
            }
            return entry.current
        }
        if let drain { supersede(instance, after: drain) }
    }

    /// The generation that is current now; whoever holds it keeps it.
    public func lease(_ name: String) throws(PluginError) -> Instance {
        guard let instance = state.withLock({ $0.entries[name]?.current }) else { throw .notFound(name) }
        return instance
    }

    public func list() -> [PluginInfo] {
        let names = state.withLock { $0.order }
        return names.compactMap { try? info($0) }
    }

    public func info(_ name: String) throws(PluginError) -> PluginInfo {
        guard let entry = state.withLock({ $0.entries[name] }) else { throw .notFound(name) }
        let current = entry.current
        return PluginInfo(
            name: name,
            kind: current.kind,
            version: current.version,
            generation: current.generation,
            path: current.path,
            digest: current.digest,
            blocks: current.blocks,
            streams: current.openStreams,
            config: current.config,
            draining: entry.draining.compactMap { $0.instance }.filter { $0.openStreams > 0 }.map(\.generation),
            loadedAt: entry.loadedAt
        )
    }

    /// The JSON Schema of a plugin's configuration; an empty object if it has none.
    public func schema(_ name: String) throws(PluginError) -> JSON {
        let text = try lease(name).library.schema
        return (try? JSON(parsing: text)) ?? [:]
    }

    // MARK: Parts

    private func open(_ path: String) throws(PluginError) -> Library {
        let (serial, swiftLoads) = state.withLock {
            $0.serial += 1
            return ($0.serial, $0.swiftLoads)
        }
        guard swiftLoads < Self.swiftLoadsBound else {
            throw .unreadable(
                path: path,
                reason: "\(swiftLoads) libraries with Swift are mapped; restart the host before the next one"
            )
        }
        let library = try Library(path: path, folder: folder, serial: serial)
        if library.isSwift { state.withLock { $0.swiftLoads += 1 } }
        return library
    }

    private func make(
        _ library: Library,
        name: String,
        generation: Int,
        path: String,
        config: JSON
    ) throws(PluginError) -> Instance {
        try check(config, against: library.schema)
        let (record, log) = (record, log)
        return try Instance(
            library: library,
            name: name,
            generation: generation,
            path: path,
            config: config,
            host: host
        ) { name, generation in
            log.info("retired", ["plugin": .string(name), "generation": .int(Int64(generation))])
            record(Event(.pluginRetired, key: name, data: ["generation": .int(Int64(generation))]))
        }
    }

    private func check(_ config: JSON, against schema: String) throws(PluginError) {
        guard !schema.isEmpty else { return }
        do {
            let parsed = try JSON(parsing: schema)
            try JSONSchema(parsed, definitions: parsed["definitions"] ?? .null).check(config, at: "config")
        } catch {
            throw .rejectedConfig("\(error)")
        }
    }

    private func supersede(_ instance: Instance, after drain: Duration) {
        let old = instance
        host.after(drain) { old.supersede() }
    }

    private func describe(_ instance: Instance) -> JSON {
        [
            "kind": .string(instance.kind.rawValue), "version": .string(instance.version),
            "generation": .int(Int64(instance.generation)), "digest": .string(instance.digest),
        ]
    }
}
