import Glibc
import JSONKit
import PluginHost

/// One of Google's plugins against a scripted Google: recognition, synthesis and tokens on one port.
final class GoogleBench {
    let server: ScriptedServer
    let bench: PluginBench
    private let plugin: String

    /// The answer to a request for a token.
    static func token(_ token: String, seconds: Int = 3599) -> ScriptedServer.Reply {
        json("{\n  \"access_token\": \"\(token)\",\n  \"expires_in\": \(seconds),\n  \"token_type\": \"Bearer\"\n}")
    }

    static func json(_ text: String, status: Int = 200, headers: [String] = []) -> ScriptedServer.Reply {
        .init(
            status: status,
            headers: ["content-type: application/json; charset=UTF-8"] + headers,
            steps: [.piece(text)]
        )
    }

    /// An error in Google's words.
    static func error(_ code: Int, _ status: String, _ message: String, headers: [String] = []) -> ScriptedServer.Reply
    {
        json(
            "{\n  \"error\": {\n    \"code\": \(code),\n    \"message\": \"\(message)\",\n    \"status\": \"\(status)\"\n  }\n}\n",
            status: code,
            headers: headers
        )
    }

    /// `config` is completed with the server's address.
    init(
        _ plugin: String,
        _ config: JSONObject = [:],
        script: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply
    ) throws {
        self.plugin = plugin
        server = ScriptedServer(script: script)
        bench = try PluginBench()
        bench.secret("google_api_key", "AIza-test")
        bench.secret("account", GoogleAccount.shared.file(tokenURL: "http://127.0.0.1:\(server.port)/token"))
        var config = config
        config["base_url"] = .string("http://127.0.0.1:\(server.port)/v1/")
        try bench.load(plugin, config: .object(config))
    }

    deinit { server.stop() }

    /// Has an utterance of so many samples recognised, or several.
    func recognise(
        _ utterances: [[Int16]] = [[Int16](repeating: 500, count: 320)],
        options: JSON = ["sample_rate": 8000, "language": "en-US"]
    ) throws -> [Emitted] {
        try bench.run(plugin, "patchbay.asr/1", options: options) { stream in
            for (index, samples) in utterances.enumerated() {
                for start in stride(from: 0, to: samples.count, by: 160) {
                    let frame = Array(samples[start..<min(start + 160, samples.count)])
                    try stream.push(audio: frame.span, item: UInt64(index + 1), at: UInt64(start) * 125)
                }
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
    }

    /// Has sentences spoken.
    func speak(
        _ sentences: [String] = ["Good morning."],
        options: JSON = ["sample_rate": 8000, "language": "en-US"]
    ) throws -> [Emitted] {
        try bench.run(plugin, "patchbay.tts/1", options: options) { stream in
            for (index, sentence) in sentences.enumerated() {
                try stream.push(text: sentence, item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
    }

    /// The requests for anything but tokens.
    var asked: [ScriptedServer.Request] { server.requests.filter { $0.path != "/token" } }

    /// The requests for tokens.
    var tokens: [ScriptedServer.Request] { server.requests.filter { $0.path == "/token" } }
}
