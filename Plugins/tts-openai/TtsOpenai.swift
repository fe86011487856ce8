import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(TtsOpenai.self) }

/// OpenAI's speech synthesis, or a server that speaks like it.
final class TtsOpenai: Plugin {
    static let manifest = Manifest(name: "tts-openai", kind: "tts", version: "1.0.0", schema: schema)

    private static let base = "https://api.openai.com/v1"
    private static let secret = "openai_api_key"
    /// The rate of `pcm`, which has no header that would tell.
    private static let sampleRate = 24_000
    private static let longestText = 4096

    private static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "x-audio": {"sample_rate": \(sampleRate)},
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "model": {"type": "string", "minLength": 1, "default": "gpt-4o-mini-tts"},
            "voice": {"type": "string", "minLength": 1, "default": "alloy", "description": "For languages without one."},
            "voices": {
              "type": "object", "additionalProperties": {"type": "string", "minLength": 1},
              "description": "The voice of each language: {\\"en-US\\": \\"coral\\"}."
            },
            "speed": {"type": "number", "minimum": 0.25, "maximum": 4, "description": "1 is the voice's own."},
            "instructions": {"type": "string", "description": "How to speak; not for the models tts-1 and tts-1-hd."},
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
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let language = options["language"]?.string ?? ""
        var body: JSONObject = [
            "model": config["model"] ?? "gpt-4o-mini-tts",
            "voice": config["voices"]?[language] ?? config["voice"] ?? "alloy", "response_format": "pcm",
        ]
        for name in ["speed", "instructions"] { body[name] = config[name] }
        for (name, value) in config["extra"]?.object ?? [:] { body[name] = value }
        let (host, endpoint, fixed) = (host, endpoint, body)
        return SpeechStream(host, sink, coding: .pcm16, sampleRate: Self.sampleRate) { text throws(PluginProblem) in
            guard text.count <= Self.longestText else {
                throw PluginProblem(.invalid, "text: \(text.count) characters, at most \(Self.longestText) are taken")
            }
            var body = fixed
            body["input"] = .string(text)
            let key = try endpoint.key(host)
            var request = endpoint.request("POST", "/audio/speech", headers: [("content-type", "application/json")])
            if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
            JSON.object(body).write(into: &request.body)
            return (request, key)
        }
    }

    func health() -> PluginProblem? { endpoint.health(host) }
}
