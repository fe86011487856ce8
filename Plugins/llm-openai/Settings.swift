import JSONKit
import PluginKit

/// The plugin's configuration.
struct Settings: Sendable {
    let url: String
    let model: String
    let secret: String
    let maxTokensField: String
    let maxTokens: Int64?
    let temperature: Double?
    let includesUsage: Bool
    let extra: JSONObject
    let connectMilliseconds: Int
    let idleMilliseconds: Int
    let totalMilliseconds: Int

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["base_url", "model"],
          "properties": {
            "base_url": {
              "type": "string", "minLength": 8,
              "description": "Up to and with the version, as in https://api.openai.com/v1."
            },
            "model": {"type": "string", "minLength": 1},
            "api_key_secret": {
              "type": "string", "default": "",
              "description": "Name of the secret that holds the key; empty: none is sent."
            },
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
            "extra": {"type": "object", "description": "Members added to every request, as they are."},
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 2000},
            "idle_ms": {
              "type": "integer", "minimum": 1, "maximum": 600000, "default": 15000,
              "description": "The longest silence on the line; the route's deadlines are sharper."
            },
            "total_ms": {"type": "integer", "minimum": 1, "maximum": 600000, "default": 60000}
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        var base = config["base_url"]?.string ?? ""
        guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
            throw PluginProblem(.invalid, "base_url: must begin with http:// or https://, is \(base)")
        }
        while base.hasSuffix("/") { base.removeLast() }
        url = base + "/chat/completions"
        model = config["model"]?.string ?? ""
        secret = config["api_key_secret"]?.string ?? ""
        maxTokensField = config["max_tokens_field"]?.string ?? "max_tokens"
        maxTokens = config["max_tokens"]?.int
        temperature = config["temperature"]?.double
        includesUsage = config["include_usage"]?.bool ?? true
        extra = config["extra"]?.object ?? [:]
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 2000)
        idleMilliseconds = Int(config["idle_ms"]?.int ?? 15000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 60000)
    }

    var missingSecret: PluginProblem { PluginProblem(.refused, "the secret \(secret) is not there (api_key_secret)") }
}
