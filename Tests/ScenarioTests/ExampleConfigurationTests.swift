import Carrier
import Console
import IO
import JSONKit
import Testing

@testable import patchbay

/// The examples' configurations, started as they are but for where they keep things.
@Suite(.serialized) struct ExampleConfigurationTests {
    /// A host on an example, with a state folder and a port of its own, and no secret but the carrier's.
    private func host(_ example: String) throws -> TestHost {
        let path = "\(TestHost.repository)/examples/\(example)"
        let document = try JSONWithComments.parse(try #require(Files.read(path)))
        // Everything but the places: relative paths are those of the file.
        _ = try Configuration.read(path)
        return try TestHost { configuration in
            let state = configuration["state"]?.string ?? ""
            var plugins = document["plugins"]?.array ?? []
            for index in plugins.indices where plugins[index]["config"]?["folder"] != nil {
                guard case .object(var plugin) = plugins[index], let name = plugin["path"]?.string else { continue }
                plugin["config"] = ["folder": .string("\(state)/\(name)")]
                plugins[index] = .object(plugin)
            }
            configuration["plugins"] = .array(plugins)
            configuration["plugin_folder"] = .string(TestHost.binaries)
            configuration["routes"] = document["routes"]
        }
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
}
