public import JSONKit

/// A plugin in Swift. One line exports it:
///
///     @c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(Greeter.self) }
///
/// Keep no mutable statics, and do not conform types you do not own to protocols you do not own: several generations of
/// one plugin live in one process.
public protocol Plugin: AnyObject, Sendable {
    /// Name, kind, version, flags and schema.
    static var manifest: Manifest { get }

    /// Makes an instance from a configuration that fits the manifest's schema. May block up to 10 s. [control]
    init(host: Host, config: JSON) throws(PluginProblem)

    /// Starts a stream of the interface `patchbay.<kind>/1`. [loop: returns within 1 ms, unless the plugin blocks]
    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream

    /// Whether a stream opened now would probably work; nil if so. [control]
    func health() -> PluginProblem?
}

extension Plugin {
    public func health() -> PluginProblem? { nil }
}
