import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let endpoint: Endpoint
    let model: String
    let maxTokens: Int64
    let temperature: Double?
    let version: String
    /// An answer that was cut off is given as the beginning of the next, which not every model takes.
    let prefills: Bool
    let extra: JSONObject

    private static let base = "https://api.anthropic.com/v1"
    private static let secret = "anthropic_api_key"

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["model"],
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "model": {"type": "string", "minLength": 1, "description": "Unless the agent document names another."},
            "max_tokens": {
              "type": "integer", "minimum": 1, "default": 400,
              "description": "Unless the request says; this API always wants a bound."
            },
            "temperature": {"type": "number", "minimum": 0, "maximum": 1, "description": "For models that take one; unless the request says. Without it none is sent."},
            "version": {"type": "string", "default": "2023-06-01", "description": "Of the API, as anthropic-version."},
            "prefill": {
              "type": "boolean", "default": false,
              "description": "Give an answer that was cut off as the beginning of the next; not every model takes it."
            },
            "extra": {"type": "object", "description": "Members added to every request, as they are."}
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        model = config["model"]?.string ?? ""
        maxTokens = config["max_tokens"]?.int ?? 400
        temperature = config["temperature"]?.double
        version = config["version"]?.string ?? "2023-06-01"
        prefills = config["prefill"]?.bool ?? false
        extra = config["extra"]?.object ?? [:]
    }
}
