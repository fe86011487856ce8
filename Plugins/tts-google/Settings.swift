import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let endpoint: Endpoint
    let encoding: String
    /// Names of voices by language.
    let voices: JSON
    /// Members of `audioConfig` that are the same for all.
    let audio: JSONObject

    static let base = "https://texttospeech.googleapis.com/v1"
    static let secret = "google_api_key"

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            \(GoogleAccess.properties),
            "voices": {
              "type": "object", "additionalProperties": {"type": "string", "minLength": 1},
              "description": "The voice of each language: {\\"en-US\\": \\"en-US-Neural2-C\\"}; Google's choice for others."
            },
            "encoding": {
              "enum": ["MULAW", "ALAW", "LINEAR16"], "default": "MULAW",
              "description": "MULAW is what most telephones carry anyway, and half the bytes."
            },
            "speaking_rate": {"type": "number", "minimum": 0.25, "maximum": 4, "description": "1 is the voice's own."},
            "pitch": {"type": "number", "minimum": -20, "maximum": 20, "description": "Semitones up or down."},
            "volume_gain_db": {"type": "number", "minimum": -96, "maximum": 16},
            "effects_profiles": {
              "type": "array", "items": {"type": "string"}, "maxItems": 8,
              "default": ["telephony-class-application"],
              "description": "What the audio is made for; an empty array for voices that refuse it."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        encoding = config["encoding"]?.string ?? "MULAW"
        voices = config["voices"] ?? [:]
        var audio: JSONObject = [:]
        audio["speakingRate"] = config["speaking_rate"]
        audio["pitch"] = config["pitch"]
        audio["volumeGainDb"] = config["volume_gain_db"]
        let profiles = config["effects_profiles"] ?? ["telephony-class-application"]
        if profiles.array?.isEmpty == false { audio["effectsProfileId"] = profiles }
        self.audio = audio
    }
}
