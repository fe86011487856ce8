import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(AsrDeepgram.self) }

/// Deepgram's streaming recognition: one WebSocket a call.
final class AsrDeepgram: Plugin {
    static let manifest = Manifest(name: "asr-deepgram", kind: "asr", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let stream = ListenStream(host, settings, sink)
        try stream.connect(settings.url(for: options), key: settings.endpoint.key(host))
        return stream
    }

    func health() -> PluginProblem? { settings.endpoint.health(host) }
}
