import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let endpoint: Endpoint
    let model: String
    let maxTokensField: String
    let maxTokens: Int64?
    let temperature: Double?
    let includesUsage: Bool
    let extra: JSONObject

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["base_url", "model"],
          "properties": {
            \(Endpoint.properties()),
            "model": {"type": "string", "minLength": 1},
            "max_tokens_field": {
              "enum": ["max_tokens", "max_completion_tokens"], "default": "max_tokens",
              "description": "OpenAI's newer models refuse the former, most other servers know only it."
            },
            "max_tokens": {"type": "integer", "minimum": 1, "description": "Unless the request says."},
            "temperature": {"type": "number", "minimum": 0, "maximum": 2, "description": "Unless the request says."},
            "include_usage": {
              "type": "boolean", "default": true,
              "description": "Ask for the count of tokens; false for servers that refuse stream_options."
            },
            "extra": {"type": "object", "description": "Members added to every request, as they are."}
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config)
        model = config["model"]?.string ?? ""
        maxTokensField = config["max_tokens_field"]?.string ?? "max_tokens"
        maxTokens = config["max_tokens"]?.int
        temperature = config["temperature"]?.double
        includesUsage = config["include_usage"]?.bool ?? true
        extra = config["extra"]?.object ?? [:]
    }
}
