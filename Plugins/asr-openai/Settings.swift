import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let endpoint: Endpoint
    let model: String
    let prompt: String
    let temperature: Double?
    let extra: JSONObject

    private static let base = "https://api.openai.com/v1"
    private static let secret = "openai_api_key"

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "model": {"type": "string", "minLength": 1, "default": "gpt-4o-mini-transcribe"},
            "prompt": {"type": "string", "default": "", "description": "Words before the agent's phrases, as a hint."},
            "temperature": {"type": "number", "minimum": 0, "maximum": 1},
            "extra": {
              "type": "object", "additionalProperties": {"type": "string"},
              "description": "Fields added to every form, as they are."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        model = config["model"]?.string ?? "gpt-4o-mini-transcribe"
        prompt = config["prompt"]?.string ?? ""
        temperature = config["temperature"]?.double
        extra = config["extra"]?.object ?? [:]
    }
}
