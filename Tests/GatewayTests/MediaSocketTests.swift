import Calls
import Core
import JSONKit
import PluginHost
import Testing

@testable import Gateway

/// The media socket of a call, over a real socket.
@Suite struct MediaSocketTests {
    @Test func `a call is heard, its marks are asked for, and it ends when the carrier says stop`() async throws {
        let desk = try Desk()
        let peer = try await desk.call()
        #expect(await peer.waits { $0.count("mark") > 0 })
        #expect(peer.view.messages.allSatisfy { $0["streamSid"] == "MZ1" })
        let call = try #require(await desk.directory.list().first)
        #expect(desk.events(.callStarted).first?.key == call.id.rawValue)
        peer.send(#"{"event":"stop","sequenceNumber":"9","streamSid":"MZ1","stop":{}}"#)
        #expect(await peer.waits { $0.closed != nil })
        #expect(peer.view.closed?.code == 1000)
        #expect(await desk.waits { desk.events(.callEnded).count == 1 })
        #expect(await desk.waits { desk.openStreams == 0 })
    }

    @Test func `a carrier that closes its socket ends the call`() async throws {
        let desk = try Desk()
        let peer = try await desk.call()
        peer.close()
        #expect(await desk.waits { desk.events(.callEnded).count == 1 && desk.openStreams == 0 })
    }

    @Test func `a call that we end closes the carrier's socket`() async throws {
        let desk = try Desk()
        let peer = try await desk.call()
        let call = try #require(await desk.directory.list().first)
        try await desk.directory.hangup(call.id)
        #expect(await peer.waits { $0.closed != nil })
        #expect(peer.view.closed?.code == 1000)
    }

    // MARK: Who may

    @Test func `a token opens one socket`() async throws {
        let desk = try Desk()
        let path = try await desk.announce()
        #expect(await desk.media(path).view.isOpen)
        #expect(await desk.media(path).view.hasFailed)
        #expect(await desk.media("/telephony/twilio/media/guessed").view.hasFailed)
    }

    @Test func `a forged upgrade is refused, and does not cost the real one its token`() async throws {
        let desk = try Desk()
        let path = try await desk.announce()
        #expect(await desk.media(path, signature: "x").view.hasFailed)
        #expect(await desk.media(path).view.isOpen)
    }

    @Test func `a token does not carry a socket past the checks of the plugin that announced the call`() async throws {
        let desk = try Desk()
        let path = try await desk.announce()
        let other = path.replacing("/twilio/", with: "/trusting/")
        #expect(await desk.media(other, signature: "").view.hasFailed)
        #expect(await desk.media(path).view.isOpen)
    }

    @Test func `a socket that starts another call than the announced one is closed`() async throws {
        let desk = try Desk()
        let peer = await desk.media(try await desk.announce(callSid: "CA1"))
        peer.start(callSid: "CA2")
        #expect(await peer.waits { $0.closed != nil })
        #expect(peer.view.closed?.code == 1008)
        #expect(desk.events(.callStarted).isEmpty)
    }

    @Test func `a socket on which nothing starts is given up after ten seconds, opened or not`() throws {
        let desk = try Desk()
        let loop = ManualLoop()
        let instance = try desk.registry.lease("trusting")
        let socket = try MediaSocket(
            instance,
            services: desk.services,
            transfers: Transfers(),
            options: [:],
            loop: loop
        )
        let agent = try AgentDocument(Desk.document)
        socket.expect(CallDetails(agent: agent, from: "+1", to: "+2"))
        loop.advance(by: .seconds(9))
        #expect(desk.openStreams == 1)
        loop.advance(by: .seconds(2))
        #expect(desk.openStreams == 0)
    }

    // MARK: What makes no sense

    @Test func `senseless messages are counted and left out, and the call lives`() async throws {
        let desk = try Desk()
        let peer = try await desk.call()
        let name = "patchbay_media_messages_skipped_total"
        let before = try await desk.metric(name) ?? 0
        for chunk in 1...10 { peer.media(chunk: chunk) }
        let garbage = [
            "", "garbage", "{", "[]", #"{"event":"unheard of"}"#, #"{"event":"media","media":{}}"#,
            #"{"event":"start","start":{}}"#, #"{"event":"media","media":{"chunk":"11","payload":"!!!!"}}"#,
        ]
        for text in garbage where !text.isEmpty { peer.send(text) }
        peer.send(binary: [1, 2, 3])
        peer.media(chunk: 3)
        peer.media(chunk: 11, payload: String(repeating: "/", count: 20000))
        peer.media(chunk: 12, timestamp: "999999999999999999")
        peer.media(chunk: 13, timestamp: "18446744073709551615")
        for chunk in 14...20 { peer.media(chunk: chunk) }
        // Told at the first, second, fourth and eighth.
        #expect(await desk.waits { desk.directory.count == 1 })
        peer.send(#"{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"5"}}"#)
        try await desk.directory.say(try #require(await desk.directory.list().first).id, text: "Still here.")
        let heard = peer.view.count("media")
        #expect(await peer.waits { $0.count("media") > heard + 5 })
        #expect(peer.view.closed == nil)
        #expect(try await desk.metric(name) ?? 0 >= before + 4)
    }

    @Test func `after fifty senseless messages in a row the socket is closed with the reason`() async throws {
        let desk = try Desk()
        let peer = try await desk.call()
        for _ in 0..<49 { peer.send("garbage") }
        peer.media(chunk: 1)
        for _ in 0..<49 { peer.send("garbage") }
        peer.media(chunk: 2)
        try await desk.directory.say(try #require(await desk.directory.list().first).id, text: "Still here.")
        #expect(peer.view.closed == nil)
        for _ in 0..<50 { peer.send("garbage") }
        #expect(await peer.waits { $0.closed != nil })
        #expect(peer.view.closed?.code == 1008)
        #expect(peer.view.closed?.reason == "50 senseless messages in a row, the last: a message that is no JSON")
        #expect(await desk.waits { desk.events(.callEnded).count == 1 && desk.openStreams == 0 })
    }

    @Test func `a message of more than 64 KiB closes the socket, and other calls go on`() async throws {
        let desk = try Desk()
        let other = try await desk.call(callSid: "CA2")
        let peer = try await desk.call()
        peer.send(String(repeating: "x", count: 200_000))
        #expect(await peer.waits { $0.closed != nil })
        #expect(peer.view.closed?.code == 1009)
        #expect(await desk.waits { desk.events(.callEnded).count == 1 })
        #expect(desk.directory.count == 1 && other.view.closed == nil)
    }

    @Test func `media of another format is refused with the reason`() async throws {
        let desk = try Desk()
        let peer = await desk.media(try await desk.announce())
        peer.start(encoding: "audio/opus")
        #expect(await peer.waits { $0.closed != nil })
        #expect(peer.view.closed?.code == 1008)
        #expect(peer.view.closed?.reason == "the media is not audio/x-mulaw, 8000 Hz, mono")
        #expect(desk.events(.callStarted).isEmpty)
    }

    @Test func `more calls than the limit are turned away`() async throws {
        let desk = try Desk()
        for number in 1...5 { _ = try await desk.call(callSid: "CA\(number)") }
        let peer = await desk.media(try await desk.announce(callSid: "CA6"))
        peer.start(callSid: "CA6")
        #expect(await peer.waits { $0.closed?.reason == "busy" })
        #expect(peer.view.closed?.code == 1008)
        #expect(desk.directory.count == 5)
    }
}
