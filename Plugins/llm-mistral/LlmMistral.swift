import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(LlmMistral.self) }

/// Mistral's models, Mixtral among them, from Mistral's own service or one that speaks like it.
final class LlmMistral: Plugin {
    static let manifest = Manifest(name: "llm-mistral", kind: "llm", version: "1.0.0", schema: schema)

    private static let base = "https://api.mistral.ai/v1"
    private static let secret = "mistral_api_key"
    private static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["model"],
          "properties": {
            \(ChatSettings.properties(base: base, secret: secret)),
            "safe_prompt": {"type": "boolean", "default": false, "description": "Mistral's own words of caution come first."},
            "random_seed": {"type": "integer", "minimum": 0, "description": "The same answer to the same question."}
          }
        }
        """

    private let host: Host
    private let settings: ChatSettings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        var dialect = ChatDialect()
        (dialect.continuesByPrefix, dialect.shortensCallIDs) = (true, true)
        if config["safe_prompt"]?.bool == true { dialect.extra["safe_prompt"] = true }
        if let seed = config["random_seed"]?.int { dialect.extra["random_seed"] = .int(seed) }
        settings = try ChatSettings(config, base: Self.base, secret: Self.secret, dialect: dialect)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        ChatStream(host, settings, model: options["model"]?.string, sink)
    }

    func health() -> PluginProblem? { settings.endpoint.health(host) }
}
