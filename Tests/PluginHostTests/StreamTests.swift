import Core
import Glibc
import JSONKit
import PluginHost
import Testing

/// What plugins may do, and what rogues do.
@Suite struct StreamTests {
    private func open(_ source: String) throws -> (Workshop, Conversation) {
        let workshop = try Workshop()
        try workshop.registry.load(path: try workshop.build("parrot", source))
        return (workshop, try Conversation(workshop))
    }

    @Test func `frames from a thread of the plugin arrive in order`() throws {
        let thread = """
            static void *run(void *v) { st *s = v; char t[2] = "a";
                for (int i = 0; i < 26; i++, t[0]++) say(s, PB_FRAME_TEXT, 1, t);
                say(s, PB_FRAME_DONE, 1, ""); return 0; }
            """
        let source = Workshop.parrot("", push: "pthread_t t; pthread_create(&t, 0, run, s); pthread_detach(t);")
            .replacing("static int32_t create(", with: thread + "\nstatic int32_t create(")
        let (workshop, conversation) = try open(source)
        conversation.push("go", item: 1)
        let heard = conversation.wait { $0.contains(.done(1)) }
        #expect(heard == "abcdefghijklmnopqrstuvwxyz".map { .text(String($0)) } + [.done(1)])
        withExtendedLifetime(workshop) {}
    }

    @Test func `what comes after close is not delivered and harms nobody`() throws {
        let source = Workshop.parrot("", close: "say(s, PB_FRAME_TEXT, 1, \"late\"); free(s);")
        let (workshop, conversation) = try open(source)
        conversation.close()
        #expect(conversation.all.isEmpty)
        withExtendedLifetime(workshop) {}
    }

    @Test func `a second end is not delivered`() throws {
        let (workshop, conversation) = try open(
            Workshop.parrot(
                "",
                push:
                    "say(s, PB_FRAME_END, 0, \"\"); say(s, PB_FRAME_END, 0, \"\"); say(s, PB_FRAME_TEXT, 1, \"more\");"
            )
        )
        conversation.push("go", item: 1)
        #expect(conversation.all == [.end])
        withExtendedLifetime(workshop) {}
    }

    @Test func `a call that holds the loop is counted under the plugin's name`() throws {
        let (workshop, conversation) = try open(Workshop.parrot("", push: "usleep(20000);"))
        conversation.push("go", item: 1)
        let page = Metrics.shared.render()
        #expect(page.contains("patchbay_plugin_slow_calls_total{plugin=\"parrot\"}"))
        #expect(!page.contains("patchbay_plugin_slow_calls_total{plugin=\"parrot\"} 0\n"))
        withExtendedLifetime(workshop) {}
    }

    @Test func `a plugin that blocks does not hold the loop, and keeps its order`() throws {
        let source = Workshop.parrot(
            "",
            push: "usleep(100000); char t[2] = {(char)('0' + f->item), 0}; say(s, PB_FRAME_TEXT, f->item, t);",
            flags: "PB_PLUGIN_BLOCKS"
        )
        let (workshop, conversation) = try open(source)
        let start = Moment.now()
        for item in 1...3 { conversation.push("go", item: UInt64(item)) }
        #expect(Moment.now() - start < .milliseconds(90))
        #expect(conversation.wait { $0.count == 3 } == [.text("1"), .text("2"), .text("3")])
        withExtendedLifetime(workshop) {}
    }

    @Test func `of a cancelled item no audio is delivered, whoever still emits it`() throws {
        let push = """
            pb_frame a = {.type = PB_FRAME_AUDIO, .item = f->item, .data = "12", .length = 2};
            for (int i = 0; i < 50; i++) { s->sink.emit(s->sink.context, &a); usleep(2000); }
            say(s, PB_FRAME_DONE, f->item, "");
            """
        let (workshop, conversation) = try open(Workshop.parrot("", push: push, flags: "PB_PLUGIN_BLOCKS"))
        conversation.push("go", item: 1)
        _ = conversation.wait { !$0.isEmpty }
        conversation.cancel(1)
        let before = conversation.all.count
        conversation.push("go", item: 2)
        let heard = conversation.wait { $0.contains(.done(2)) }
        #expect(!heard.dropFirst(before).contains(.audio(1)))
        #expect(heard.contains(.audio(2)))
        withExtendedLifetime(workshop) {}
    }

    @Test func `a plugin that cannot keep up with audio fails its stream, retryably`() throws {
        let source = Workshop.parrot("", flags: "PB_PLUGIN_BLOCKS").replacing(
            "if (f->type != PB_FRAME_TEXT) return 0;",
            with: "sleep(1); return 0;"
        )
        let (workshop, conversation) = try open(source)
        let second = [Int16](repeating: 0, count: 8000)
        for _ in 0..<15 { conversation.push(audio: second, item: 1) }
        #expect(conversation.overloaded(by: second))
        withExtendedLifetime(workshop) {}
    }
}

extension Conversation {
    /// Whether one more push is refused as too much.
    func overloaded(by samples: [Int16]) -> Bool {
        onLoop {
            do throws(PluginError) {
                try self.pushNow(samples)
                return false
            } catch {
                guard case .stream(let failure) = error else { return false }
                return failure.code == .overloaded && failure.isRetryable
            }
        }
    }
}
