import JSONKit
public import PluginAPI
import PluginKit
import ProviderKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(TtsDeepgram.self) }

/// Deepgram's Aura voices, streamed over HTTP.
final class TtsDeepgram: Plugin {
    static let manifest = Manifest(name: "tts-deepgram", kind: "tts", version: "1.0.0", schema: schema)

    private static let base = "https://api.deepgram.com/v1"
    private static let secret = "deepgram_api_key"
    /// Believed; a longer sentence would be refused with a status.
    private static let longestText = 2000

    private static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            \(Endpoint.properties(base: base, secret: secret)),
            "model": {
              "type": "string", "pattern": "^[A-Za-z0-9-]+$", "default": "aura-2-thalia-en",
              "description": "The voice, for languages without one of their own."
            },
            "models": {
              "type": "object", "additionalProperties": {"type": "string", "pattern": "^[A-Za-z0-9-]+$"},
              "description": "The voice of each language: {\\"es-ES\\": \\"aura-2-celeste-es\\"}."
            }
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
        // An agent's voice may be meant for another plugin of the route.
        let wanted = options["voice"]?.string.flatMap { $0.hasPrefix("aura-") ? $0 : nil }
        let model = wanted ?? config["models"]?[language]?.string ?? config["model"]?.string ?? "aura-2-thalia-en"
        let rate = Int(options["sample_rate"]?.int ?? 8000)
        let encoding = rate == 8000 ? "mulaw" : "linear16"
        // Without a container: its header would be heard.
        let path = "/speak?model=\(model)&encoding=\(encoding)&sample_rate=\(rate)&container=none"
        let (host, endpoint) = (host, endpoint)
        return SpeechStream(host, sink, coding: rate == 8000 ? .muLaw : .pcm16, sampleRate: rate) {
            text throws(PluginProblem) in
            guard text.count <= Self.longestText else {
                throw PluginProblem(.invalid, "text: \(text.count) characters, at most \(Self.longestText) are taken")
            }
            let key = try endpoint.key(host)
            var request = endpoint.request("POST", path, headers: [("content-type", "application/json")])
            if !key.isEmpty { request.headers.append(("authorization", "Token \(key)")) }
            JSON.object(["text": .string(text)]).write(into: &request.body)
            return (request, key)
        }
    }

    func health() -> PluginProblem? { endpoint.health(host) }
}
