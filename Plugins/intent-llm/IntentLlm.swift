import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(IntentLlm.self) }

/// What callers want, judged by a language model behind OpenAI's chat completions.
final class IntentLlm: Plugin {
    static let manifest = Manifest(name: "intent-llm", kind: "intent", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        try LabelStream(host, settings, options, sink)
    }

    func health() -> PluginProblem? { settings.endpoint.health(host) }
}
