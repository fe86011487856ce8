import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(LlmAnthropic.self) }

/// Anthropic's models through the Messages API, streaming.
final class LlmAnthropic: Plugin {
    static let manifest = Manifest(name: "llm-anthropic", kind: "llm", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        MessageStream(host, settings, model: options["model"]?.string, sink)
    }

    func health() -> PluginProblem? { settings.endpoint.health(host) }
}
