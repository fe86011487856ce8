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
        /// What the last generations were made of, so that one can be brought back.
        var history: [Int: Source]
        var draining: [Weak] = []
    }

    private struct Weak {
        weak var instance: Instance?
    }

    /// What a generation was made of.
    private struct Source {
        /// The operator's file, which may be another by now.
        let path: String
        /// The code as it was, in our folder.
        let image: String
        let config: JSON
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
    private let swiftLibraries: Int
    /// Generations that can be brought back.
    private static let historyBound = 32
    private let log = Log("plugins")

    /// `folder` holds the private copies; those of an earlier run are removed. `record` gets `plugin.*` events.
    /// After `swiftLibraries` loads of Swift code, which stays mapped for good, a restart is asked for.
    public init(
        folder: String,
        host: HostServices,
        swiftLibraries: Int = 200,
        record: @escaping @Sendable (Event) -> Void
    ) {
        (self.folder, self.host, self.swiftLibraries, self.record) = (folder, host, swiftLibraries, record)
        mkdir(folder, 0o700)
        Self.removeFiles(in: folder) { $0.hasSuffix(".so") || $0.hasSuffix(".image") }
    }

    /// Loads a file as a new plugin. `name` defaults to the plugin's own.
    @discardableResult
    public func load(path: String, name: String? = nil, config: JSON = [:]) throws(PluginError) -> PluginInfo {
        let instance = try loading.withLock { _ throws(PluginError) in
            let library = try open(path)
            let name = name ?? library.name
            guard Self.isPlain(name) else {
                throw .incompatible(path: path, reason: "its name \"\(name)\" is not of letters, digits and hyphens")
            }
            guard state.withLock({ $0.entries[name] == nil }) else { throw .alreadyLoaded(name) }
            let instance = try make(library, name: name, generation: 1, path: path, config: config)
            state.withLock {
                $0.entries[name] = Entry(
                    current: instance,
                    loadedAt: .now(),
                    history: [1: Source(path: path, image: image(of: library), config: config)]
                )
                $0.order.append(name)
            }
            return instance
        }
        record(Event(.pluginLoaded, key: instance.name, data: describe(instance)))
        return try info(instance.name)
    }

    /// Makes another file, another configuration or an earlier generation the current one. What is not given stays.
    /// Live streams keep the generation they have; after `drain` they are failed with a retryable `superseded`.
    @discardableResult
    public func swap(
        _ name: String,
        path: String? = nil,
        config: JSON? = nil,
        generation: Int? = nil,
        drain: Duration? = nil
    ) throws(PluginError) -> SwapInfo {
        let (fresh, old) = try loading.withLock { _ throws(PluginError) in
            guard let entry = state.withLock({ $0.entries[name] }) else { throw .notFound(name) }
            let (library, source) = try choose(entry, path, config, generation, name)
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
                state.entries[name]?.history[next - Self.historyBound] = nil
                state.entries[name]?.draining.append(Weak(instance: entry.current))
                state.entries[name]?.draining.removeAll { $0.instance == nil }
            }
            forgetImages()
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
        let instances = try loading.withLock { _ throws(PluginError) in
            guard let entry = state.withLock({ $0.entries[name] }) else { throw .notFound(name) }
            let instances = [entry.current] + entry.draining.compactMap(\.instance)
            let streams = instances.reduce(0) { $0 + $1.openStreams }
            guard streams == 0 || drain != nil else { throw .inUse(name: name, streams: streams) }
            state.withLock {
                $0.entries[name] = nil
                $0.order.removeAll { $0 == name }
            }
            forgetImages()
            return instances
        }
        if let drain { for instance in instances { supersede(instance, after: drain) } }
    }

    /// Rehearses a failure, once: whichever stream of the plugin is the next to give a frame, after so many more, fails as
    /// if the plugin had died.
    public func fail(_ name: String, afterFrames frames: Int) throws(PluginError) {
        try lease(name).rehearsal.arm(after: frames)
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

    /// The code of the next generation: an earlier one's, a file's, or, where only the configuration changes, the same.
    private func choose(
        _ entry: Entry,
        _ path: String?,
        _ config: JSON?,
        _ generation: Int?,
        _ name: String
    ) throws(PluginError) -> (Library, Source) {
        let current = entry.current
        if let generation {
            guard let earlier = entry.history[generation] else {
                throw .unknownGeneration(name: name, generation: generation)
            }
            return (try open(earlier.image), earlier)
        }
        let path = path ?? (config == nil ? current.path : nil)
        let library = if let path { try open(path) } else { current.library }
        let source = Source(path: path ?? current.path, image: image(of: library), config: config ?? current.config)
        return (library, source)
    }

    /// Keeps the code of a library for as long as its generation is remembered.
    private func image(of library: Library) -> String {
        let image = "\(folder)/\(library.digest).image"
        link(library.copy, image)
        return image
    }

    /// Removes the code of generations that nobody can bring back any more.
    private func forgetImages() {
        let needed = state.withLock { state in
            Set(state.entries.values.flatMap { $0.history.values.map(\.image) })
        }
        let folder = folder
        Self.removeFiles(in: folder) { $0.hasSuffix(".image") && !needed.contains("\(folder)/\($0)") }
    }

    private static func removeFiles(in folder: String, where isUnwanted: (String) -> Bool) {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if isUnwanted(name) { unlink("\(folder)/\(name)") }
        }
    }

    /// Names stand in URLs, metrics and file names.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
            }
    }

    private func open(_ path: String) throws(PluginError) -> Library {
        let (serial, swiftLoads) = state.withLock {
            $0.serial += 1
            return ($0.serial, $0.swiftLoads)
        }
        guard swiftLoads < swiftLibraries else {
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
        // Not held: what ends before its time is up is destroyed then.
        host.after(drain) { [weak instance] in instance?.supersede() }
    }

    private func describe(_ instance: Instance) -> JSON {
        [
            "kind": .string(instance.kind.rawValue), "version": .string(instance.version),
            "generation": .int(Int64(instance.generation)), "digest": .string(instance.digest),
        ]
    }
}
