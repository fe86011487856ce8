import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    enum Coding: String, Sendable { case mu = "MULAW", linear = "LINEAR16" }

    let endpoint: Endpoint
    let coding: Coding
    let model: String
    let isEnhanced: Bool
    let languages: JSON
    let phrases: [String]
    let boost: Double?
    let punctuates: Bool
    let filtersProfanity: Bool
    /// 0: none.
    let partialsMilliseconds: Int
    let extra: JSONObject

    static let base = "https://speech.googleapis.com/v1"
    static let secret = "google_api_key"

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            \(GoogleAccess.properties),
            "encoding": {
              "enum": ["MULAW", "LINEAR16"], "default": "MULAW",
              "description": "MULAW is what the telephone carries anyway, and half the bytes."
            },
            "model": {
              "type": "string", "default": "telephony",
              "description": "telephony, telephony_short, latest_short, phone_call, ...; empty: Google's choice."
            },
            "use_enhanced": {
              "type": "boolean", "default": false,
              "description": "For models that have an enhanced variant, such as phone_call."
            },
            "languages": {
              "type": "object", "additionalProperties": {"type": "string", "minLength": 2},
              "description": "Google's code for a language of ours where they differ: {\\"zh\\": \\"cmn-Hans-CN\\"}."
            },
            "phrases": {
              "type": "array", "items": {"type": "string"}, "maxItems": 1000,
              "description": "Worth expecting in every call, beside those of the agent."
            },
            "boost": {
              "type": "number", "minimum": 0, "maximum": 20,
              "description": "How much likelier the phrases become; unless given, Google decides."
            },
            "automatic_punctuation": {"type": "boolean", "default": true},
            "profanity_filter": {"type": "boolean", "default": false},
            "partials_ms": {
              "type": "integer", "minimum": 0, "maximum": 60000, "default": 0,
              "description": "After so much more speech what has been heard is recognised in between; each is paid for. 0: off."
            },
            "extra": {
              "type": "object", "description": "Members added to the config of every request, as they are."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        coding = Coding(rawValue: config["encoding"]?.string ?? "") ?? .mu
        model = config["model"]?.string ?? "telephony"
        isEnhanced = config["use_enhanced"]?.bool ?? false
        languages = config["languages"] ?? [:]
        phrases = (config["phrases"]?.array ?? []).compactMap(\.string)
        boost = config["boost"]?.double
        punctuates = config["automatic_punctuation"]?.bool ?? true
        filtersProfanity = config["profanity_filter"]?.bool ?? false
        partialsMilliseconds = Int(config["partials_ms"]?.int ?? 0)
        extra = config["extra"]?.object ?? [:]
    }
}
