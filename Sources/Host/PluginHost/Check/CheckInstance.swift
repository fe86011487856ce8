import PluginAPI

/// An instance of a plugin under examination.
final class CheckInstance {
    let library: Library
    private let services: PluginServices
    private(set) var pointer: UnsafeMutableRawPointer?

    init(_ library: Library, _ host: HostServices) {
        self.library = library
        services = PluginServices(plugin: library.name, host: host)
    }

    /// Nil: it was made.
    func create(_ config: String) -> PluginFailure? {
        var error = pb_error()
        let code = config.lend { library.table.pointee.create(services.table, $0, &pointer, &error) }
        guard code != Int32(PB_OK) else { return nil }
        return PluginFailure(error)
    }

    func find(_ id: String) -> UnsafePointer<pb_stream_table>? { library.table.pointee.find(pointer, id) }

    /// What `health` says, if the plugin has one; nil: well.
    func health() -> PluginFailure? {
        guard let health = library.table.pointee.health else { return nil }
        var error = pb_error()
        return health(pointer, 2_000_000, &error) == Int32(PB_OK) ? nil : PluginFailure(error)
    }

    func destroy() {
        library.table.pointee.destroy(pointer)
        pointer = nil
        services.invalidate()
    }
}
