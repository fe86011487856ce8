import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    enum Format: String, CaseIterable { case schema = "json_schema", object = "json_object", none }

    let endpoint: Endpoint
    let model: String
    let format: Format
    /// What the model's own confidence is multiplied with.
    let trust: Double
    let maxTokensField: String
    let extra: JSONObject

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["base_url", "model"],
          "properties": {
            \(Endpoint.properties()),
            "model": {"type": "string", "minLength": 1},
            "response_format": {
              "enum": ["json_schema", "json_object", "none"], "default": "json_schema",
              "description": "How the server is made to answer in JSON; none: it is only asked to."
            },
            "trust": {
              "type": "number", "minimum": 0.1, "maximum": 1, "default": 0.9,
              "description": "Models are surer than they should be: their confidence is multiplied with this."
            },
            "max_tokens_field": {"enum": ["max_tokens", "max_completion_tokens"], "default": "max_tokens"},
            "extra": {"type": "object", "description": "Members added to every request, as they are."}
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config)
        model = config["model"]?.string ?? ""
        format = config["response_format"]?.string.flatMap { Format(rawValue: $0) } ?? .schema
        trust = config["trust"]?.double ?? 0.9
        maxTokensField = config["max_tokens_field"]?.string ?? "max_tokens"
        extra = config["extra"]?.object ?? [:]
    }
}
