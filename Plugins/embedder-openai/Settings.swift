import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let endpoint: Endpoint
    let model: String
    /// 0: the model's own.
    let dimensions: Int
    let isCompact: Bool

    private static let base = "https://api.openai.com/v1"
    private static let secret = "openai_api_key"

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "model": {"type": "string", "minLength": 1, "default": "text-embedding-3-small"},
            "dimensions": {
              "type": "integer", "minimum": 1, "maximum": 16384,
              "description": "Shorter vectors than the model's own, where it can; a collection keeps the length it began with."
            },
            "encoding_format": {
              "enum": ["base64", "float"], "default": "float",
              "description": "base64 is a third of the bytes; not every server knows it."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        model = config["model"]?.string ?? "text-embedding-3-small"
        dimensions = Int(config["dimensions"]?.int ?? 0)
        isCompact = config["encoding_format"]?.string == "base64"
    }
}
