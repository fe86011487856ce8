import Core
import Glibc
import JSONKit
import PluginHost
import Testing

/// What the host offers to plugins, used from C.
@Suite struct ServicesTests {
    private let workshop: Workshop

    init() throws { workshop = try Workshop() }

    /// A plugin that runs `push` with `H`, the host, and `ask(id)`, a service of it.
    private func open(_ name: String, _ push: String, globals: String = "") throws -> Conversation {
        let source = Workshop.parrot("", push: push, create: "H = h;").replacing(
            "static int32_t create(",
            with: """
                #include <stdio.h>
                static const pb_host *H;
                static const void *ask(const char *id) { return H->service(H->context, id); }
                \(globals)
                static int32_t create(
                """
        )
        try workshop.registry.load(path: try workshop.build(name, source), name: name)
        return try Conversation(workshop, name)
    }

    @Test func `an id that this host does not know answers nothing`() throws {
        let conversation = try open("unknown", #"say(s, PB_FRAME_TEXT, 1, ask("patchbay.tomorrow/1") ? "?" : "none");"#)
        conversation.push("go", item: 1)
        #expect(conversation.all == [.text("none")])
    }

    @Test func `a timer fires once after its time, and never once it is cancelled`() throws {
        let globals = """
            static void fire(void *v) { say(v, PB_FRAME_TEXT, 1, "fired"); }
            static void never(void *v) { say(v, PB_FRAME_TEXT, 1, "never"); }
            """
        let conversation = try open(
            "timer",
            """
            const pb_timer_v1 *t = ask("patchbay.timer/1");
            uint64_t n = t->start(t->context, 20000, never, s);
            t->start(t->context, 60000, fire, s);
            t->cancel(t->context, n); t->cancel(t->context, n); t->cancel(t->context, 12345);
            """,
            globals: globals
        )
        let start = Moment.now()
        conversation.push("go", item: 1)
        #expect(conversation.wait { !$0.isEmpty } == [.text("fired")])
        #expect(Moment.now() - start >= .milliseconds(59))
    }

    private static let reading = """
        const pb_secret_v1 *k = ask("patchbay.secret/1"); char b[64] = {0}; char name[64] = {0};
        memcpy(name, f->data, f->length);
        uint64_t n = k->read(k->context, (pb_text){name, f->length}, b, 8);
        char line[128]; snprintf(line, sizeof line, "%llu:%s", (unsigned long long)n, n <= 8 ? b : "");
        say(s, PB_FRAME_TEXT, f->item, line);
        """

    @Test func `a secret comes from a file that nobody else can read, by a plain name`() throws {
        for (name, value, mode) in [
            ("good", "s3cr3t\n", 0o600), ("open", "s3cr3t", 0o644), ("long", "0123456789", 0o600),
        ] {
            let file = fopen("\(workshop.folder)/\(name)", "w")
            fputs(value, file)
            fclose(file)
            chmod("\(workshop.folder)/\(name)", mode_t(mode))
        }
        let conversation = try open("secret", Self.reading)
        for name in ["good", "open", "long", "none", "../secret/good", ""] { conversation.push(name, item: 1) }
        // Too small a buffer is told the length it needs, and nothing else.
        #expect(conversation.all == ["6:s3cr3t", "0:", "10:", "0:", "0:", "0:"].map { .text($0) })
    }

    @Test func `metrics stand under the plugin's name, and there are at most thirty-two of them`() throws {
        let conversation = try open(
            "measuring",
            """
            const pb_metrics_v1 *m = ask("patchbay.metrics/1");
            for (int i = 0; i < 40; i++) {
                char name[16]; int n = snprintf(name, sizeof name, "figure_%d", i);
                m->count(m->context, (pb_text){name, n}, 2);
            }
            m->count(m->context, (pb_text){"Not plain{}", 11}, 1);
            """
        )
        conversation.push("go", item: 1)
        conversation.push("go", item: 2)
        let lines = Metrics.shared.render().split(separator: "\n").filter { $0.contains("plugin=\"measuring\"") }
        #expect(lines.contains("patchbay_plugin_figure_0_total{plugin=\"measuring\"} 4"))
        #expect(lines.count { $0.contains("figure_") } == 32)
        #expect(!lines.contains { $0.contains("Not plain") })
    }

    @Test func `a request to no web address is refused with the reason, and a dead one fails once`() throws {
        let globals = """
            static void head(void *v, uint32_t status, const pb_header *h, uint64_t n) {}
            static void body(void *v, const void *b, uint64_t n) {}
            static void done(void *v, const pb_error *e) { say(v, PB_FRAME_TEXT, 1, e && e->retryable ? "failed" : "?"); }
            """
        let conversation = try open(
            "web",
            """
            const pb_http_v1 *w = ask("patchbay.http/1"); pb_error e = {0}; pb_http_request r = {0};
            pb_http_sink k = {s, head, body, done};
            r.method = (pb_text){"GET", 3}; r.url = (pb_text){f->data, f->length};
            if (!w->start(w->context, &r, &k, &e)) say(s, PB_FRAME_TEXT, 1, e.code == PB_ERROR_INVALID ? "refused" : "?");
            """,
            globals: globals
        )
        conversation.push("file:///etc/passwd", item: 1)
        #expect(conversation.all == [.text("refused")])
        conversation.push("http://127.0.0.1:1/", item: 2)
        #expect(conversation.wait { $0.count > 1 } == [.text("refused"), .text("failed")])
    }

    @Test func `what a plugin still has under way when it is destroyed never reaches it`() throws {
        let conversation = try open(
            "leaving",
            """
            const pb_timer_v1 *t = ask("patchbay.timer/1");
            for (int i = 0; i < 50; i++) t->start(t->context, 50000, (void (*)(void *))abort, s);
            """
        )
        conversation.push("go", item: 1)
        conversation.close()
        try workshop.registry.unload("leaving")
        for _ in 0..<400 where !workshop.events.has(.pluginRetired) { usleep(5000) }
        usleep(80_000)
        #expect(workshop.events.has(.pluginRetired))
    }

    @Test func `more Swift code than a process should carry asks for a restart`() throws {
        let services = HostServices(loop: workshop.loop, http: workshop.http, secretsFolder: workshop.folder)
        let folder = "\(workshop.folder)/few"
        let registry = Registry(folder: folder, host: services, swiftLibraries: 2) { _ in }
        let path = try workshop.build(swift: Workshop.file("examples/plugin-swift/Shout.swift"), "shout")
        try registry.load(path: path)
        // Another configuration needs no other code.
        for _ in 0..<5 { try registry.swap("llm-shout", config: ["mark": "?"]) }
        try registry.swap("llm-shout", path: path)
        #expect {
            try registry.swap("llm-shout", path: path)
        } throws: { error in
            "\(error)".contains("restart the host")
        }
        #expect(try registry.info("llm-shout").generation == 7)
    }
}
