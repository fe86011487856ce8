import JSONKit
import PluginHost
import Testing

/// Skipped where Google's libraries for Python are not installed.
@Suite(.enabled(if: Judge.google.isThere, Judge.hint)) struct GoogleJudgeTests {
    /// What a plugin asks, with all that its configuration allows.
    private func asked(_ plugin: String, _ config: JSONObject, _ ask: (GoogleBench) throws -> Void) throws -> JSON {
        let google = try GoogleBench(plugin, config) { _ in GoogleBench.json("{}") }
        try ask(google)
        return try #require(google.asked.first?.body)
    }

    @Test func `every field and word of our requests is one of Google's, and none is lost`() throws {
        let options: JSON = ["sample_rate": 8000, "language": "en-US", "phrases": ["Dr. Alvarez"]]
        var bodies: [JSON] = []
        for coding in ["MULAW", "LINEAR16"] {
            let config: JSONObject = [
                "encoding": .string(coding), "model": "phone_call", "use_enhanced": true, "profanity_filter": true,
                "boost": 12.5, "extra": ["maxAlternatives": 2, "alternativeLanguageCodes": ["es-US"]],
            ]
            bodies.append(
                ["recognize": try asked("asr-google", config) { _ = try $0.recognise([[1, 2, 3]], options: options) }]
            )
        }
        for coding in ["MULAW", "ALAW", "LINEAR16"] {
            let config: JSONObject = [
                "encoding": .string(coding), "voices": ["en-US": "en-US-Neural2-C"], "speaking_rate": 1.25,
                "pitch": -2.5,
                "volume_gain_db": 3.5,
            ]
            bodies.append(["synthesize": try asked("tts-google", config) { _ = try $0.speak() }])
        }
        // Defaults are left out by the judge, so none is asked with.
        for (body, verdict) in zip(bodies, try Judge.google.verdicts(bodies)) {
            #expect(verdict["error"] == nil, "\(verdict)")
            #expect(verdict["fields"] == (body["recognize"] ?? body["synthesize"]))
        }
    }

    @Test func `answers as Google's classes write them are understood`() throws {
        let verdicts = try Judge.google.verdicts([
            ["transcripts": ["I need", " an appointment"]], ["transcripts": []], ["audio": ""],
            ["audio": .string(TestBase64.encode(TtsGoogleTests.wave()))],
        ])
        let answers = try verdicts.map { GoogleBench.json(try #require($0["answer"]?.string)) }
        let texts = try answers[..<2].map { answer in
            try GoogleBench("asr-google") { _ in answer }.recognise().first
        }
        #expect(texts[0] == .text("I need an appointment", item: 1, isFinal: true))
        #expect(texts[1] == .text("", item: 1, isFinal: true))
        let silent = try GoogleBench("tts-google") { _ in answers[2] }.speak()
        #expect(silent.contains { if case .failed = $0 { true } else { false } })
        let spoken = try GoogleBench("tts-google") { _ in answers[3] }.speak()
        #expect(TtsGoogleTests.spoken(spoken).samples == TtsGoogleTests.samples)
    }

    @Test func `a service account's statement is one that Google's own library accepts`() throws {
        let google = try GoogleBench("asr-google", ["service_account_secret": "account"]) { request in
            request.path == "/token" ? GoogleBench.token("t") : GoogleBench.json("{}")
        }
        _ = try google.recognise()
        let assertion = try #require(google.tokens.first?.text.split(separator: "=").last)
        let question: JSON = ["assertion": .string(String(assertion)), "key": .string(GoogleAccount.shared.publicPEM)]
        let verdict = try #require(Judge.google.verdicts([question]).first)
        #expect(verdict["claims"]?["iss"]?.string == GoogleAccount.email, "\(verdict)")
    }
}
