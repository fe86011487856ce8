import Core
import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct RegistryTests {
    @Test func `an exchanged plugin answers new streams, the old one goes on with its own, and back`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("parrot", Workshop.parrot("one"))
        try workshop.registry.load(path: path)
        let old = try Conversation(workshop)
        // Over the very file that is loaded, as a careless operator does.
        _ = try workshop.build("parrot", Workshop.parrot("two"))
        let swap = try workshop.registry.swap("parrot", path: path)
        #expect(swap.generation == 2 && swap.previous == 1 && swap.draining == 1)
        let new = try Conversation(workshop)
        old.push("?", item: 1)
        new.push("?", item: 1)
        #expect(old.all == [.text("one"), .done(1)])
        #expect(new.all == [.text("two"), .done(1)])
        old.close()
        for _ in 0..<400 where !workshop.events.has(.pluginRetired) { usleep(5000) }
        #expect(workshop.events.has(.pluginRetired))
        #expect(
            try workshop.registry.swap("parrot", path: try workshop.build("three", Workshop.parrot("three"))).generation
                == 3
        )
        #expect(try workshop.registry.swap("parrot", generation: 2).generation == 4)
        let back = try Conversation(workshop)
        back.push("?", item: 1)
        #expect(back.all.first == .text("two"))
    }

    @Test func `streams past the drain are failed with a retryable superseded`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("parrot", Workshop.parrot("one"))
        try workshop.registry.load(path: path)
        let old = try Conversation(workshop)
        _ = try workshop.registry.swap("parrot", path: path, drain: .zero)
        #expect(old.wait { !$0.isEmpty } == [.failed(.superseded)])
    }

    @Test func `a plugin in use is not unloaded unless its streams may be ended`() throws {
        let workshop = try Workshop()
        try workshop.registry.load(path: try workshop.build("parrot", Workshop.parrot("one")))
        let open = try Conversation(workshop)
        #expect(throws: PluginError.inUse(name: "parrot", streams: 1)) { try workshop.registry.unload("parrot") }
        try workshop.registry.unload("parrot", drain: .zero)
        #expect(open.wait { !$0.isEmpty } == [.failed(.superseded)])
        #expect(throws: PluginError.notFound("parrot")) { try workshop.registry.lease("parrot") }
    }

    @Test func `what is no plugin is refused with the reason`() throws {
        let workshop = try Workshop()
        let good = try workshop.build("good", Workshop.parrot("one"))
        let text = try #require(fopen("\(workshop.folder)/text.so", "w"))
        fputs("not a library at all, though it is longer than the sixty four bytes of an ELF header", text)
        fclose(text)
        _ = system("head -c 3000 '\(good)' > '\(workshop.folder)/short.so'")
        let cases: [(String, String)] = [
            ("\(workshop.folder)/none.so", "No such file"),
            ("\(workshop.folder)/text.so", "no ELF library"),
            ("\(workshop.folder)/short.so", "cut off"),
            (try workshop.build("bare", "int nothing;"), "exports no patchbay_plugin_v1"),
            (try workshop.build("abi", Workshop.parrot("x", abi: "7")), "ABI 7"),
            (try workshop.build("size", Workshop.parrot("x", size: "64")), "64 bytes"),
            (try workshop.build("kind", Workshop.parrot("x", kind: "coffee")), "coffee"),
        ]
        for (path, reason) in cases {
            #expect {
                try workshop.registry.load(path: path)
            } throws: { error in
                "\(error)".contains(reason)
            }
        }
        #expect(workshop.registry.list().isEmpty)
    }

    @Test func `a refused configuration names the member, and what ran goes on running`() throws {
        let workshop = try Workshop()
        let schema =
            #"{"type":"object","additionalProperties":false,"properties":{"volume":{"type":"integer","maximum":11}}}"#
        let path = try workshop.build("parrot", Workshop.parrot("one", schema: schema))
        try workshop.registry.load(path: path, config: ["volume": 5])
        for (config, reason) in [(["volume": 12] as JSON, "config.volume"), (["volumn": 1], "did you mean volume?")] {
            #expect {
                try workshop.registry.swap("parrot", config: config)
            } throws: { error in
                "\(error)".contains(reason)
            }
        }
        let refusing = Workshop.parrot(
            "x",
            create: #"e->code = 1; e->message_length = 8; memcpy(e->message, "no power", 8); return 1;"#
        )
        #expect(throws: PluginError.rejectedConfig("no power")) {
            try workshop.registry.swap("parrot", path: try workshop.build("refusing", refusing))
        }
        #expect(try workshop.registry.info("parrot").generation == 1)
        let conversation = try Conversation(workshop)
        conversation.push("?", item: 1)
        #expect(conversation.all.first == .text("one"))
    }

    @Test func `the C example builds with cc alone, loads, and speaks`() throws {
        let workshop = try Workshop()
        try workshop.registry.load(path: try workshop.build(example: "plugin-c", "libtts-tone.so"))
        let conversation = try Conversation(workshop, "tts-tone", interface: "patchbay.tts/1")
        conversation.push("la", item: 3)
        #expect(conversation.all == [.audio(3), .audio(3)])
    }

    @Test(.enabled(if: system("command -v rustc > /dev/null 2>&1") == 0, "needs rustc"))
    func `the Rust example builds with rustc alone, and loads`() throws {
        let workshop = try Workshop()
        let info = try workshop.registry.load(path: try workshop.build(example: "plugin-rust", "libintent-first.so"))
        #expect(info.name == "intent-first")
    }
}
