import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(EmbedderOpenai.self) }

/// Embeddings from OpenAI, or a server that speaks like it, one request a text.
final class EmbedderOpenai: Plugin {
    static let manifest = Manifest(name: "embedder-openai", kind: "embedder", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        EmbeddingStream(host, settings, sink)
    }

    func health() -> PluginProblem? { settings.endpoint.health(host) }
}
