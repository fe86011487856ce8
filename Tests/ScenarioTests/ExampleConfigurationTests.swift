import Carrier
import Console
import IO
import JSONKit
import Testing

@testable import patchbay

/// The examples' configurations, started as they are but for where they keep things.
@Suite(.serialized) struct ExampleConfigurationTests {
    /// A host on an example, with a state folder and a port of its own, and no secret but the carrier's. `addresses` are
    /// where plugins find their providers instead.
    private func host(_ example: String, addresses: [String: String] = [:]) throws -> TestHost {
        let path = "\(TestHost.repository)/examples/\(example)"
        let document = try JSONWithComments.parse(try #require(Files.read(path)))
        // Everything but the places: relative paths are those of the file.
        _ = try Configuration.read(path)
        return try TestHost { configuration in
            let state = configuration["state"]?.string ?? ""
            var plugins = document["plugins"]?.array ?? []
            for index in plugins.indices {
                guard case .object(var plugin) = plugins[index], let path = plugin["path"]?.string else { continue }
                var config = plugin["config"]?.object ?? [:]
                for place in ["folder", "path"] where config[place] != nil {
                    config[place] = .string("\(state)/\(path)")
                }
                if let address = addresses[path] {
                    config["base_url"] = .string(address)
                    config["api_key_secret"] = "twilio_auth_token"
                }
                plugin["config"] = .object(config)
                plugins[index] = .object(plugin)
            }
            configuration["plugins"] = .array(plugins)
            configuration["plugin_folder"] = .string(TestHost.binaries)
            configuration["routes"] = document["routes"]
        }
    }

    @Test func `the host that spells out every default starts, and each of its routes has somebody to ask`() throws {
        let host = try host("patchbay.json")
        try host.start()
        let routes = try host.client().call("route.list")["items"]?.array ?? []
        #expect(routes.contains { $0["name"] == "warehouse" })
        #expect(try host.client().call("system.health")["status"] == "ok")
    }

    @Test func `places in a plugin's configuration are relative to the file`() throws {
        let configuration = try Configuration.read("\(TestHost.repository)/examples/patchbay.json")
        let warehouse = try #require(configuration.plugins.first { $0.path == "libwarehouse-sqlite.so" })
        #expect(warehouse.config["path"]?.string == "\(TestHost.repository)/state/warehouse.db")
    }

    @Test func `the host with providers answers a call before one of its accounts is there`() async throws {
        let host = try host("patchbay-providers.json")
        try host.start()
        let client = try host.client()
        let loaded = try client.call("plugin.list")["items"]?.array?.compactMap { $0["name"]?.string } ?? []
        for name in ["asr-google", "tts-google", "llm-openai", "llm-mixtral"] {
            #expect(loaded.contains(name), "\(loaded)")
        }
        let carrier = try TestCarrier()
        #expect(try await carrier.get("\(host.address)/readyz").status == 200)
        let call = try await carrier.call(host)
        try await call.wait(for: "the greeting", seconds: 15) { $0.isAgentSpeaking }
    }

    @Test func `Google hears and speaks for a caller, and when it fails in mid-call this machine does`() async throws {
        let google = try SimulatedGoogle(understands: "how much does a full service cost")
        defer { google.stop() }
        let host = try host(
            "patchbay-providers.json",
            addresses: ["libasr-google.so": google.address, "libtts-google.so": google.address]
        )
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 15)
        #expect(google.spoken.joined(separator: " ").contains("Larkspur Cycles"))
        try await call.speak(try CallersWords.samples())
        try await call.waitForAgent(after: 1, seconds: 15)
        #expect(google.heard == 1)
        let texts = try host.events().filter { $0["topic"] == "transcript.final" }.map { $0["data"]?["text"]?.string }
        #expect(texts == ["how much does a full service cost"])
        #expect(try fallings(host).isEmpty)

        google.fail()
        try await call.speak(try CallersWords.samples())
        try await call.wait(for: "another voice", seconds: 20) { $0.agentUtterances > 2 }
        let steps = try fallings(host)
        #expect(steps.contains("asr-google -> asr-pocketsphinx"), "\(steps)")
        #expect(steps.contains("tts-google -> tts-flite"), "\(steps)")
    }

    /// Who took over from whom, where sound is concerned.
    private func fallings(_ host: TestHost) throws -> [String] {
        try host.events().filter { $0["topic"] == "route.fell_back" }.compactMap { event in
            guard let data = event["data"], data["kind"] != "llm" else { return nil }
            return "\(data["from"]?.string ?? "") -> \(data["to"]?.string ?? "")"
        }
    }
}
