import Core
import JSONKit
import PluginHost
import Testing

/// What strangers are told to run, run on our own plugins.
@Suite struct ContractTests {
    @Test(
        arguments: [
            ("asr-pocketsphinx", [:]), ("intent-examples", [:]), ("llm-templates", [:]),
            ("llm-openai", ["base_url": "http://127.0.0.1:9", "model": "none"]), ("tts-flite", [:]),
            ("tts-openai", ["base_url": "http://127.0.0.1:9"]),
            ("tts-elevenlabs", ["base_url": "http://127.0.0.1:9", "voice_id": "21m00Tcm4TlvDq8ikWAM"]),
            ("tts-deepgram", ["base_url": "http://127.0.0.1:9"]), ("asr-openai", ["base_url": "http://127.0.0.1:9"]),
            ("asr-deepgram", ["base_url": "ws://127.0.0.1:9"]),
            ("embedder-openai", ["base_url": "http://127.0.0.1:9"]),
            ("intent-llm", ["base_url": "http://127.0.0.1:9", "model": "none"]),
            ("llm-mistral", ["base_url": "http://127.0.0.1:9", "model": "none"]),
            ("llm-anthropic", ["base_url": "http://127.0.0.1:9", "model": "none"]),
            ("tts-recorded", [:]),
            ("asr-google", ["base_url": "http://127.0.0.1:9"]), ("tts-google", ["base_url": "http://127.0.0.1:9"]),
            ("embedder-hash", [:]), ("crm-file", ["folder": "/tmp/patchbay-check"]), ("crm-hubspot", [:]),
            ("crm-salesforce", ["consumer_key": "key", "username": "robot"]),
            ("asr-script", [:]), ("tts-script", [:]),
            ("blobs-s3", ["bucket": "none", "endpoint": "http://127.0.0.1:9"]),
            ("blobs-file", ["folder": "/tmp/patchbay-check"]), ("telephony-twilio", [:]),
        ] as [(String, JSON)]
    )
    func `our own plugins keep the contract`(name: String, config: JSON) throws {
        let runner = CheckRunner(program: "\(PluginBench.libraries)/patchbay")
        let path = "\(PluginBench.libraries)/lib\(name).so"
        let report = try runner.run(path, config: config, within: .seconds(60))
        let broken = report.entries.filter { $0.outcome == .failed || $0.outcome == .crashed }
        #expect(broken.isEmpty, "\(name): \(broken.map { "\($0.name): \($0.message)" })")
        // Not even the conditions of further tests may have been left out.
        #expect(report.entries.count == 12, "\(name): \(report.entries.last?.message ?? "")")
    }
}
