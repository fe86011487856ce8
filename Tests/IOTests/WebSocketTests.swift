import Core
import Glibc
import Synchronization
import Testing

@testable import IO

@Suite struct WebSocketTests {
    @Test func `messages go there and back in order, small and large`() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let client = EchoClient(sending: (0..<100).map { "message \($0)" } + [String(repeating: "x", count: 30_000)])
        let received = try await client.run(on: server.loop, port: server.server.port, path: "/echo")
        #expect(received == client.messages)
    }

    @Test func `an upgrade that the handler refuses does not open`() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let client = EchoClient(sending: ["never"])
        await #expect(throws: IOFailure.self) {
            try await client.run(on: server.loop, port: server.server.port, path: "/forbidden")
        }
    }

    @Test func `a message above the bound closes the socket with 1009`() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let client = EchoClient(sending: [String(repeating: "x", count: 70_000)])
        _ = try? await client.run(on: server.loop, port: server.server.port, path: "/echo")
        #expect(client.closeCode == 1009)
    }
}
