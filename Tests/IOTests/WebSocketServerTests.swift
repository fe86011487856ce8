import Glibc
import Synchronization
import Testing

@testable import IO

/// The server's WebSockets against a peer that shares no code with it.
@Suite struct WebSocketServerTests {
    private func serve(_ handler: RecordingHandler, loops: Int = 1) throws -> (server: HTTPServer, loops: [SocketLoop])
    {
        let loops = try (0..<loops).map { try SocketLoop(name: "test-\($0)") }
        let server = try HTTPServer(host: "127.0.0.1", port: 0, loops: loops, handler: handler)
        server.start()
        for loop in loops { loop.start() }
        return (server, loops)
    }

    private func stop(_ served: (server: HTTPServer, loops: [SocketLoop])) {
        served.server.stopListening()
        for loop in served.loops { loop.stop() }
    }

    @Test func `an upgrade is answered as the protocol demands`() throws {
        let served = try serve(RecordingHandler())
        defer { stop(served) }
        let answer = try RawPeer(port: served.server.port).upgrade("/yes").lowercased()
        #expect(answer.hasPrefix("http/1.1 101"))
        #expect(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
    }

    @Test func `a refused upgrade is answered with its status`() throws {
        let served = try serve(RecordingHandler())
        defer { stop(served) }
        #expect(try RawPeer(port: served.server.port).upgrade("/no").contains(" 403 "))
    }

    @Test func `a message in fragments arrives whole, with a ping answered in between`() throws {
        let handler = RecordingHandler()
        let served = try serve(handler)
        defer { stop(served) }
        let peer = try RawPeer(port: served.server.port)
        _ = peer.upgrade("/yes")
        peer.frame(opcode: 1, Array("one ".utf8), isFinal: false)
        peer.frame(opcode: 9, Array("there?".utf8))
        peer.frame(opcode: 0, Array("two ".utf8), isFinal: false)
        peer.frame(opcode: 0, Array("three".utf8))
        peer.frame(opcode: 2, Array("raw".utf8))
        let pong = peer.nextFrame()
        #expect(pong?.opcode == 10)
        #expect(pong?.payload == Array("there?".utf8))
        #expect(handler.waits(for: "binary raw"))
        #expect(handler.told.withLock { $0 } == ["opened 0", "text one two three", "binary raw"])
    }

    @Test func `what comes in one packet after the upgrade is not lost`() throws {
        let handler = RecordingHandler()
        let served = try serve(handler)
        defer { stop(served) }
        let peer = try RawPeer(port: served.server.port)
        _ = peer.upgrade("/yes")
        for number in 0..<100 { peer.frame(opcode: 1, Array("m\(number)".utf8)) }
        #expect(handler.waits(for: "text m99"))
        #expect(handler.told.withLock { $0.dropFirst() } == (0..<100).map { "text m\($0)" }[...])
    }

    @Test func `a peer that vanishes is told as 1006, one that says goodbye with its code`() throws {
        let handler = RecordingHandler()
        let served = try serve(handler)
        defer { stop(served) }
        _ = try RawPeer(port: served.server.port).upgrade("/yes")
        #expect(handler.waits(for: "closed 1006"))
        let polite = try RawPeer(port: served.server.port)
        _ = polite.upgrade("/yes")
        polite.frame(opcode: 8, [0x03, 0xE8] + Array("done".utf8))
        #expect(handler.waits(for: "closed 1000 done"))
    }

    @Test func `a close of ours carries code and reason`() throws {
        let handler = RecordingHandler()
        let served = try serve(handler)
        defer { stop(served) }
        let peer = try RawPeer(port: served.server.port)
        _ = peer.upgrade("/yes")
        peer.frame(opcode: 1, Array("bye".utf8))
        let close = peer.nextFrame()
        #expect(close?.opcode == 8)
        #expect(close?.payload == [0x03, 0xE9] + Array("as asked".utf8))
    }

    @Test func `a peer that does not read is bounded, and gets in order what was taken`() throws {
        let handler = RecordingHandler(flood: 20_000)
        let served = try serve(handler)
        defer { stop(served) }
        let peer = try RawPeer(port: served.server.port, receiveBuffer: 4096)
        _ = peer.upgrade("/yes")
        #expect(handler.waits(for: "opened"))
        let taken = Int(handler.told.withLock { $0[0].dropFirst("opened ".count) }) ?? 0
        #expect(taken > 200)
        #expect(taken < 20_000)
        for _ in 0..<taken { #expect(peer.nextFrame()?.payload.count == 1024) }
    }

    @Test func `an unmasked frame closes the socket and nothing else`() throws {
        let handler = RecordingHandler()
        let served = try serve(handler)
        defer { stop(served) }
        var bad: RawPeer? = try RawPeer(port: served.server.port)
        let good = try RawPeer(port: served.server.port)
        _ = bad?.upgrade("/yes")
        _ = good.upgrade("/yes")
        bad?.send([0x83, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(bad?.nextFrame()?.opcode == 8)
        bad = nil
        #expect(handler.waits(for: "closed"))
        good.frame(opcode: 1, Array("alive".utf8))
        #expect(handler.waits(for: "text alive"))
    }

    @Test func `connections are shared among the loops`() throws {
        let served = try serve(RecordingHandler(), loops: 3)
        defer { stop(served) }
        let peers = try (0..<30).map { _ in try RawPeer(port: served.server.port) }
        for peer in peers { #expect(peer.upgrade("/yes").hasPrefix("HTTP/1.1 101")) }
    }

    @Test func `who stops listening keeps the sockets that live`() throws {
        let handler = RecordingHandler()
        let served = try serve(handler)
        defer { stop(served) }
        let peer = try RawPeer(port: served.server.port)
        _ = peer.upgrade("/yes")
        served.server.stopListening()
        let settled = Atomic<Bool>(false)
        served.loops[0].perform { settled.store(true, ordering: .releasing) }
        while !settled.load(ordering: .acquiring) { usleepShortly() }
        #expect(throws: IOFailure.self) { try RawPeer(port: served.server.port) }
        peer.frame(opcode: 1, Array("still here".utf8))
        #expect(handler.waits(for: "text still here"))
    }
}
