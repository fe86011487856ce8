import Core
import Glibc
import JSONKit
import PluginHost
import Testing

/// The contract is policed: what breaks it is counted, and reaches nobody.
@Suite struct ContractTests {
    private func open(_ source: String) throws -> (Workshop, Conversation) {
        let workshop = try Workshop()
        try workshop.registry.load(path: try workshop.build("parrot", source))
        return (workshop, try Conversation(workshop))
    }

    private func violations(_ what: String) -> UInt64 {
        let counter = Metrics.shared.counter(
            "patchbay_plugin_violations_total",
            help: "",
            labels: [("plugin", "parrot"), ("what", what)]
        )
        return counter.value
    }

    @Test func `what comes from a thread is not overtaken by what comes on the loop`() throws {
        // The first push starts a thread and waits until it has spoken; then the loop itself speaks.
        let source = Workshop.parrot(
            "",
            push: """
                pthread_t t; pthread_create(&t, 0, run, s); pthread_join(t, 0);
                say(s, PB_FRAME_TEXT, 1, "b"); say(s, PB_FRAME_DONE, 1, "");
                """
        ).replacing(
            "static int32_t create(",
            with: "static void *run(void *v) { say(v, PB_FRAME_TEXT, 1, \"a\"); return 0; }\nstatic int32_t create("
        )
        let (workshop, conversation) = try open(source)
        conversation.push("go", item: 1)
        #expect(conversation.wait { $0.contains(.done(1)) } == [.text("a"), .text("b"), .done(1)])
        withExtendedLifetime(workshop) {}
    }

    private static let speaking = """
        pb_frame a = {.type = PB_FRAME_AUDIO, .item = f->item, .data = "12", .length = 2};
        for (int i = 0; i < 50; i++) s->sink.emit(s->sink.context, &a);
        say(s, PB_FRAME_DONE, f->item, "");
        """

    @Test func `a receiver that cancels while it listens hears no more of that audio`() throws {
        let (workshop, conversation) = try open(Workshop.parrot("", push: Self.speaking))
        conversation.onAudio = { item, stream in
            if item == 1 { stream.cancel(item: 1) }
        }
        conversation.push("go", item: 1)
        #expect(conversation.all == [.audio(1), .done(1)])
        conversation.push("go", item: 2)
        #expect(conversation.all.count { $0 == .audio(2) } == 50)
        withExtendedLifetime(workshop) {}
    }

    @Test func `the same where the plugin speaks from a thread`() throws {
        let thread = """
            static void *run(void *v) { st *s = v;
                pb_frame a = {.type = PB_FRAME_AUDIO, .item = 1, .data = "12", .length = 2};
                for (int i = 0; i < 50; i++) s->sink.emit(s->sink.context, &a);
                say(s, PB_FRAME_DONE, 1, ""); return 0; }
            """
        // Joined, so that all of it waits in the queue when the first of it is delivered.
        let source = Workshop.parrot("", push: "pthread_t t; pthread_create(&t, 0, run, s); pthread_join(t, 0);")
            .replacing("static int32_t create(", with: thread + "\nstatic int32_t create(")
        let (workshop, conversation) = try open(source)
        conversation.onAudio = { item, stream in stream.cancel(item: item) }
        conversation.push("go", item: 1)
        #expect(conversation.wait { $0.contains(.done(1)) } == [.audio(1), .done(1)])
        withExtendedLifetime(workshop) {}
    }

    @Test func `frames after the end, of no known type, and of items nobody pushed are counted`() throws {
        let push = """
            say(s, 99, 1, "?"); say(s, PB_FRAME_DONE, 55, "");
            say(s, PB_FRAME_END, 0, ""); say(s, PB_FRAME_TEXT, 1, "more");
            """
        let before = ["unknown_frame", "unknown_item", "after_end"].map(violations)
        let (workshop, conversation) = try open(Workshop.parrot("", push: push))
        conversation.push("go", item: 1)
        #expect(conversation.all == [.done(55), .end])
        #expect(zip(["unknown_frame", "unknown_item", "after_end"].map(violations), before).allSatisfy { $0 > $1 })
        withExtendedLifetime(workshop) {}
    }

    @Test func `a thread that speaks long after close is heard by nobody and counted`() throws {
        let thread = """
            static void *late(void *v) { pb_sink k = *(pb_sink *)v; usleep(100000);
                pb_frame f = {.type = PB_FRAME_TEXT, .item = 1, .data = "late", .length = 4};
                k.emit(k.context, &f); free(v); return 0; }
            """
        let source = Workshop.parrot("", close: "pthread_t t; pthread_create(&t, 0, late, s); pthread_detach(t);")
            .replacing("static int32_t create(", with: thread + "\nstatic int32_t create(")
        let (workshop, conversation) = try open(source)
        let before = violations("after_close")
        conversation.close()
        for _ in 0..<400 where violations("after_close") == before { usleep(5000) }
        #expect(violations("after_close") > before)
        #expect(conversation.all.isEmpty)
        withExtendedLifetime(workshop) {}
    }

    @Test func `cancelled work of a plugin that blocks no longer counts against its bound`() throws {
        let source = Workshop.parrot("", flags: "PB_PLUGIN_BLOCKS").replacing(
            "if (f->type != PB_FRAME_TEXT) return 0;",
            with: "usleep(300000); return 0;"
        )
        let (workshop, conversation) = try open(source)
        let seconds = [Int16](repeating: 0, count: 40_000)
        for item: UInt64 in 1...20 {
            conversation.push(audio: seconds, item: item)
            conversation.cancel(item)
        }
        #expect(!conversation.overloaded(by: seconds))
        withExtendedLifetime(workshop) {}
    }

    /// Says whether a stream of this plugin was ever closed while a call into it was under way.
    private static func watching(push: String, cancel: String = "") -> String {
        Workshop.parrot(
            "",
            push:
                "if (f->item == 99) { say(s, PB_FRAME_TEXT, 99, bad ? \"bad\" : \"good\"); return 0; } calls++; \(push) calls--;",
            close: "if (calls) bad = 1; calls = 0; free(s);"
        ).replacing(
            "static void scancel(void *v, uint64_t item) {}",
            with: "static void scancel(void *v, uint64_t item) { calls++; \(cancel) calls--; }"
        )
        .replacing("static void say(", with: "static int bad, calls;\nstatic void say(")
    }

    @Test func `a stream closed from inside its own frames is closed when the plugin has returned`() throws {
        let (workshop, nested) = try open(Self.watching(push: #"say(s, PB_FRAME_TEXT, f->item, "?");"#))
        // The first frame pushes again from inside; the second closes.
        nested.onText = { item, stream in
            if item < 3 { try? stream.push(text: "again", item: item + 1) } else { stream.close() }
        }
        nested.push("go", item: 1)
        #expect(nested.all == [.text("?"), .text("?"), .text("?")])
        let after = try Conversation(workshop)
        after.push("?", item: 99)
        #expect(after.all == [.text("good")])
    }

    @Test func `the same from inside an answer to cancel`() throws {
        let (workshop, cancelled) = try open(
            Self.watching(push: "", cancel: #"say((st *)v, PB_FRAME_TEXT, item, "dropped");"#)
        )
        cancelled.onText = { _, stream in stream.close() }
        cancelled.push("go", item: 1)
        cancelled.cancel(1)
        #expect(cancelled.all == [.text("dropped")])
        let after = try Conversation(workshop)
        after.push("?", item: 99)
        #expect(after.all == [.text("good")])
    }

    @Test func `what the host does with a frame is not counted as the plugin's time`() throws {
        let workshop = try Workshop()
        let source = Workshop.parrot("one")
        try workshop.registry.load(path: try workshop.build("swift-one", source), name: "blameless")
        let conversation = try Conversation(workshop, "blameless")
        conversation.onText = { _, _ in usleep(20_000) }
        conversation.push("go", item: 1)
        let counter = Metrics.shared.counter(
            "patchbay_plugin_slow_calls_total",
            help: "",
            labels: [("plugin", "blameless")]
        )
        #expect(counter.value == 0)
    }
}
