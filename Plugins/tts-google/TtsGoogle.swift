import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(TtsGoogle.self) }

/// Google's speech synthesis over HTTP, one request a sentence.
final class TtsGoogle: Plugin {
    static let manifest = Manifest(name: "tts-google", kind: "tts", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings
    private let access: GoogleAccess

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
        access = try GoogleAccess(host, config, secret: Settings.secret)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let google = GoogleRequests(host, settings.endpoint, access, sink)
        return SpeechStream(host, google, SynthesisRequest(options, settings))
    }

    func health() -> PluginProblem? { access.health() }
}
