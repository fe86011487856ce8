import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(AsrGoogle.self) }

/// Google's speech recognition over HTTP, one request an utterance.
final class AsrGoogle: Plugin {
    static let manifest = Manifest(name: "asr-google", kind: "asr", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings
    private let access: GoogleAccess

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
        access = try GoogleAccess(host, config, secret: Settings.secret)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        RecognitionStream(host, settings, GoogleRequests(host, settings.endpoint, access, sink), options)
    }

    func health() -> PluginProblem? { access.health() }
}
