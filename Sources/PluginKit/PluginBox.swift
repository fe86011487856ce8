/// One instance behind its C pointer.
final class PluginBox {
    let plugin: any Plugin

    init(_ plugin: any Plugin) { self.plugin = plugin }

    static func of(_ pointer: UnsafeMutableRawPointer) -> PluginBox {
        Unmanaged<PluginBox>.fromOpaque(pointer).takeUnretainedValue()
    }
}
