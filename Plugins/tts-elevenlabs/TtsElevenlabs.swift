import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(TtsElevenlabs.self) }

/// ElevenLabs' speech synthesis, streamed over HTTP as the telephone carries it.
final class TtsElevenlabs: Plugin {
    static let manifest = Manifest(name: "tts-elevenlabs", kind: "tts", version: "1.0.0", schema: schema)

    private static let base = "https://api.elevenlabs.io"
    private static let secret = "elevenlabs_api_key"
    private static let longestText = 5000

    private static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["voice_id"],
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "voice_id": {"type": "string", "minLength": 1, "description": "For languages without one of their own."},
            "voices": {
              "type": "object", "additionalProperties": {"type": "string", "minLength": 1},
              "description": "The voice of each language, by its id."
            },
            "model": {"type": "string", "minLength": 1, "default": "eleven_flash_v2_5"},
            "voice_settings": {
              "type": "object",
              "description": "stability, similarity_boost, style, use_speaker_boost, speed, as ElevenLabs names them."
            },
            "extra": {"type": "object", "description": "Members added to every request, as they are."}
          }
        }
        """

    private let host: Host
    private let endpoint: Endpoint
    private let config: JSON

    init(host: Host, config: JSON) throws(PluginProblem) {
        (self.host, self.config) = (host, config)
        endpoint = try Endpoint(config, base: Self.base, secret: Self.secret)
        for id in [config["voice_id"]?.string ?? ""] + (config["voices"]?.object ?? [:]).compactMap({ $0.value.string })
        {
            guard Self.isID(id) else {
                throw PluginProblem(.invalid, "voice_id: letters and digits as ElevenLabs gives them, not \"\(id)\"")
            }
        }
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let language = options["language"]?.string ?? ""
        // An agent's voice may be meant for another plugin of the route: names are no ids here.
        let wanted = options["voice"]?.string.flatMap { $0.count == 20 && Self.isID($0) ? $0 : nil }
        let voice = wanted ?? config["voices"]?[language]?.string ?? config["voice_id"]?.string ?? ""
        var body: JSONObject = ["model_id": config["model"] ?? "eleven_flash_v2_5"]
        body["voice_settings"] = config["voice_settings"]
        for (name, value) in config["extra"]?.object ?? [:] { body[name] = value }
        let (host, endpoint, fixed) = (host, endpoint, body)
        let rate = Int(options["sample_rate"]?.int ?? 8000)
        // 8 kHz is the telephone's own; for anything else there is PCM.
        let format = rate == 8000 ? "ulaw_8000" : "pcm_\(rate)"
        let path = "/v1/text-to-speech/\(voice)/stream?output_format=\(format)"
        return SpeechStream(host, sink, coding: rate == 8000 ? .muLaw : .pcm16, sampleRate: rate) {
            text throws(PluginProblem) in
            guard text.count <= Self.longestText else {
                throw PluginProblem(.invalid, "text: \(text.count) characters, at most \(Self.longestText) are taken")
            }
            var body = fixed
            body["text"] = .string(text)
            let key = try endpoint.key(host)
            var request = endpoint.request("POST", path, headers: [("content-type", "application/json")])
            if !key.isEmpty { request.headers.append(("xi-api-key", key)) }
            JSON.object(body).write(into: &request.body)
            return (request, key)
        }
    }

    func health() -> PluginProblem? { endpoint.health(host) }

    private static func isID(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
