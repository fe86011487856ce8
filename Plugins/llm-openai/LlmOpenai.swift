import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(LlmOpenai.self) }

/// Any server that speaks OpenAI's chat completions, streaming.
final class LlmOpenai: Plugin {
    static let manifest = Manifest(name: "llm-openai", kind: "llm", version: "1.1.0", schema: Settings.schema)

    private let host: Host
    private let settings: ChatSettings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings.read(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        ChatStream(host, settings, model: options["model"]?.string, sink)
    }

    func health() -> PluginProblem? { settings.endpoint.health(host) }
}
