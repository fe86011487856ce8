import JSONKit
public import PluginAPI

/// The C table of a plugin type; a library exports one.
public func export<Implementation: Plugin>(_ type: Implementation.Type) -> UnsafePointer<pb_plugin>? {
    Exports.shared.table(of: type)
}

/// What the library exports.
private final class Exports: @unchecked Sendable {
    // Unchecked: filled by the host's first call of the entry, before any other thread knows of the library.
    static let shared = Exports()
    private var plugin: UnsafePointer<pb_plugin>?
    private var interface = ""
    private var make: ((Host, JSON) -> Result<any Plugin, PluginProblem>)?

    private let streams: UnsafeMutablePointer<pb_stream_table> = {
        let table = UnsafeMutablePointer<pb_stream_table>.allocate(capacity: 1)
        table.initialize(to: StreamBox.table)
        return table
    }()

    func table<Implementation: Plugin>(of type: Implementation.Type) -> UnsafePointer<pb_plugin> {
        if let plugin { return plugin }
        let manifest = type.manifest
        interface = "patchbay.\(manifest.kind)/1"
        make = { host, config in
            Result { () throws(PluginProblem) in try Implementation(host: host, config: config) }
        }
        let table = UnsafeMutablePointer<pb_plugin>.allocate(capacity: 1)
        table.initialize(
            to: pb_plugin(
                abi: UInt32(PB_ABI),
                size: UInt32(MemoryLayout<pb_plugin>.size),
                flags: manifest.blocks ? UInt32(PB_PLUGIN_BLOCKS) : 0,
                reserved: 0,
                name: Self.constant(manifest.name),
                kind: Self.constant(manifest.kind),
                version: Self.constant(manifest.version),
                config_schema: Self.constant(manifest.schema),
                create: { Exports.shared.create($0, $1, $2, $3) },
                find: { plugin, id in
                    guard let id, String(cString: id) == Exports.shared.interface else { return nil }
                    return UnsafePointer(Exports.shared.streams)
                },
                health: { plugin, _, error in
                    guard let plugin, let problem = PluginBox.of(plugin).plugin.health() else { return Int32(PB_OK) }
                    return problem.fill(error)
                },
                destroy: { plugin in
                    if let plugin { Unmanaged<PluginBox>.fromOpaque(plugin).release() }
                }
            )
        )
        plugin = UnsafePointer(table)
        return UnsafePointer(table)
    }

    private func create(
        _ host: UnsafePointer<pb_host>?,
        _ config: pb_text,
        _ plugin: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
        _ error: UnsafeMutablePointer<pb_error>?
    ) -> Int32 {
        guard let host, let plugin, let make else { return PluginProblem(.fault, "no host").fill(error) }
        let json: JSON
        do { json = try JSON(parsing: config.length == 0 ? "{}" : String(config)) } catch let problem {
            return PluginProblem(.invalid, "the configuration is no JSON: \(problem)").fill(error)
        }
        switch make(Host(host), json) {
        case .failure(let problem): return problem.fill(error)
        case .success(let made):
            plugin.pointee = Unmanaged.passRetained(PluginBox(made)).toOpaque()
            return Int32(PB_OK)
        }
    }

    /// A text that lives as long as the process.
    private static func constant(_ text: String) -> pb_text {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, bytes.count))
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        return pb_text(bytes: copy, length: UInt64(bytes.count))
    }
}
