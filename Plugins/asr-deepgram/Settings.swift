import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let endpoint: Endpoint
    private let model: String
    private let isSmart: Bool
    private let phraseField: String
    private let extra: JSONObject
    /// How often the far side is told that a silent line is alive; it hangs up after ten seconds without.
    let keepAliveMilliseconds: UInt64
    /// How long a flush may take.
    let finalMilliseconds: UInt64

    private static let base = "wss://api.deepgram.com/v1"
    private static let secret = "deepgram_api_key"
    private static let mostPhrases = 100

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "model": {"type": "string", "minLength": 1, "default": "nova-3"},
            "smart_format": {"type": "boolean", "default": true, "description": "Punctuation, numbers, dates."},
            "phrase_field": {
              "enum": ["keyterm", "keywords", "none"], "default": "keyterm",
              "description": "How the agent's phrases are given: nova-3 knows keyterm, older models keywords."
            },
            "extra": {
              "type": "object", "additionalProperties": {"type": "string"},
              "description": "Further members of the address's query."
            },
            "keep_alive_ms": {"type": "integer", "minimum": 20, "maximum": 9000, "default": 4000},
            "final_ms": {
              "type": "integer", "minimum": 50, "maximum": 60000, "default": 5000,
              "description": "The longest wait for the final text; the route's deadline is sharper."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        model = config["model"]?.string ?? "nova-3"
        isSmart = config["smart_format"]?.bool ?? true
        phraseField = config["phrase_field"]?.string ?? "keyterm"
        extra = config["extra"]?.object ?? [:]
        keepAliveMilliseconds = UInt64(config["keep_alive_ms"]?.int ?? 4000)
        finalMilliseconds = UInt64(config["final_ms"]?.int ?? 5000)
    }

    /// The address of a call's socket; `options` are those of the `asr` contract.
    func url(for options: JSON) -> String {
        var query: [(String, String)] = [
            ("model", model), ("encoding", "linear16"), ("sample_rate", "\(options["sample_rate"]?.int ?? 8000)"),
            ("channels", "1"), ("interim_results", "true"), ("smart_format", isSmart ? "true" : "false"),
            // The host finds the ends of utterances itself.
            ("endpointing", "false"),
        ]
        if let language = options["language"]?.string { query.append(("language", language)) }
        if phraseField != "none" {
            for phrase in (options["phrases"]?.array ?? []).prefix(Self.mostPhrases) {
                if let text = phrase.string { query.append((phraseField, text)) }
            }
        }
        for (name, value) in extra { query.append((name, value.string ?? value.description)) }
        let base = endpoint.base.replacing("http", with: "ws", maxReplacements: endpoint.base.hasPrefix("http") ? 1 : 0)
        return "\(base)/listen?" + query.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
    }
}
