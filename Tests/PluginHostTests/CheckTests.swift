import Core
import Glibc
import JSONKit
import PluginHost
import Testing

/// plugin.check: in a child process, so that whatever a library does there the host goes on.
@Suite struct CheckTests {
    let workshop: Workshop
    let runner = CheckRunner(program: program)

    private static let program: String = {
        let path = CommandLine.arguments[0]
        return "\(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])/patchbay"
    }()

    init() throws { workshop = try Workshop() }

    private func check(
        _ source: String,
        only: String...,
        within limit: Duration = .seconds(30)
    ) throws -> CheckReport {
        let runner = CheckRunner(program: Self.program, only: only)
        return try runner.run(try workshop.build("parrot", source), within: limit)
    }

    private func outcome(_ report: CheckReport, _ name: String) -> CheckReport.Outcome? {
        report.entries.first { $0.name == name }?.outcome
    }

    private static let answers =
        #"say(s, PB_FRAME_JSON, f->item, "{\"labels\":[]}"); say(s, PB_FRAME_DONE, f->item, "");"#

    @Test func `a plugin that keeps its contract passes`() throws {
        let source = Workshop.parrot("", push: Self.answers, flags: "PB_PLUGIN_UNLOADABLE")
        let report = try check(source.replacing("\"parrot\", 6", with: "\"intent-parrot\", 13"))
        #expect(report.entries.allSatisfy { $0.outcome == .passed }, "\(report)")
        #expect(report.entries.count == 12)
    }

    @Test func `one that crashes is named with the tests that it crashed in, and the others are made`() throws {
        let report = try check(Workshop.parrot("", push: "abort();"))
        #expect(!report.passed)
        #expect(outcome(report, "answers an item, once") == .crashed)
        #expect(report.entries.first { $0.outcome == .crashed }?.message.contains("Abort") == true)
        #expect(outcome(report, "answers its kind's interface, and unknown ones with nothing") == .passed)
    }

    @Test func `one that never comes back is killed at the limit`() throws {
        let report = try check(Workshop.parrot("", create: "for (;;) pause();"), within: .seconds(1))
        #expect(report.entries.last?.outcome == .crashed)
        #expect(report.entries.last?.message == "did not come to an end in time")
    }

    @Test(arguments: [
        ("answers an item, once", answers + #"say(s, PB_FRAME_DONE, f->item, "");"#, "closes item 1 twice"),
        (
            "answers an item, once", #"say(s, PB_FRAME_TEXT, f->item, "?");"# + answers,
            "which patchbay.intent/1 does not have"
        ),
        ("answers an item, once", #"say(s, PB_FRAME_JSON, f->item, "{");"# + answers, "emits JSON that is none"),
        ("answers an item, once", answers + #"say(s, PB_FRAME_DONE, 77, "");"#, "which was never pushed"),
        ("answers an item, once", "", "not closed with DONE"),
        ("leaves the loop quickly", "usleep(20000);" + answers, "over 5 ms"),
        ("survives nonsense", "if (f->length > 100) { *(volatile char *)8 = 1; }" + answers, "Segmentation"),
    ])
    func `a broken rule is named`(test: String, push: String, message: String) throws {
        let report = try check(Workshop.parrot("", push: push.isEmpty ? ";" : push), only: test)
        let entry = try #require(report.entries.first { $0.name == test })
        #expect(entry.outcome == .failed || entry.outcome == .crashed)
        #expect(entry.message.contains(message), "\(entry)")
    }

    @Test func `one that speaks after close fails`() throws {
        let report = try check(
            Workshop.parrot("", push: Self.answers, close: #"say(s, PB_FRAME_TEXT, 1, "late");"#, flags: "0")
                .replacing(
                    "static void sclose",
                    with: """
                        static void *late(void *v) { usleep(50000); say(v, PB_FRAME_JSON, 1, "{}"); return 0; }
                        static void sclose
                        """
                ).replacing(
                    #"say(s, PB_FRAME_TEXT, 1, "late");"#,
                    with: "pthread_t t; pthread_create(&t, 0, late, s); pthread_detach(t);"
                )
        )
        let entry = report.entries.first { $0.name == "closes at any moment, and is silent" }
        #expect(entry?.outcome == .failed)
        #expect(entry?.message == "emits JSON after close has returned")
    }

    @Test func `a thread that outlives a plugin that says it can be unloaded is found`() throws {
        let source = Workshop.parrot(
            "",
            push: Self.answers,
            create: "pthread_t t; pthread_create(&t, 0, forever, 0);",
            flags: "PB_PLUGIN_UNLOADABLE"
        ).replacing(
            "static int32_t create(",
            with: "static void *forever(void *v) { for (;;) pause(); return v; }\nstatic int32_t create("
        )
        let entry = try check(source, only: "leaves nothing behind when it is destroyed").entries.last
        #expect(entry?.outcome == .failed)
        #expect(entry?.message.contains("1 threads are left") == true, "\(String(describing: entry))")
    }

    @Test func `what is no plugin fails with the reason, and none of its code runs`() throws {
        let text = try runner.run("/etc/passwd", within: .seconds(10))
        #expect(text.entries.map(\.outcome) == [.failed])
        #expect(text.entries[0].message.contains("no ELF library"))
        let library = try workshop.build(
            "bare",
            "__attribute__((constructor)) static void run(void) { __builtin_trap(); }"
        )
        let report = try runner.run(library, within: .seconds(10))
        #expect(report.entries.map(\.outcome) == [.passed, .failed])
        #expect(throws: PluginError.self) { try workshop.registry.load(path: library) }
    }

    @Test func `a plugin that needs a configuration says so and is not tried without`() throws {
        let schema = #"{"type":"object","required":["key"],"properties":{"key":{"type":"string"}}}"#
        let path = try workshop.build("parrot", Workshop.parrot("", push: Self.answers, schema: schema))
        let without = try runner.run(path, within: .seconds(30))
        #expect(without.passed && without.entries.last?.outcome == .skipped)
        #expect(without.entries.last?.message.contains("config.key") == true)
        #expect(try runner.run(path, config: ["key": "k"], within: .seconds(30)).entries.count == 12)
        let wrong = try runner.run(path, config: ["key": 1], within: .seconds(30))
        #expect(!wrong.passed)
    }

    @Test func `the C example of the guide passes without a remark`() throws {
        let report = try runner.run(try workshop.build(example: "plugin-c", "libtts-tone.so"), within: .seconds(30))
        #expect(report.entries.count == 12)
        #expect(report.entries.allSatisfy { $0.outcome == .passed }, "\(report)")
    }

    @Test(.enabled(if: system("command -v rustc > /dev/null 2>&1") == 0, "needs rustc"))
    func `the Rust example of the guide passes`() throws {
        let path = try workshop.build(example: "plugin-rust", "libintent-first.so")
        let report = try runner.run(path, within: .seconds(30))
        #expect(report.passed && report.entries.count == 12, "\(report)")
    }

    @Test(.enabled(if: system("command -v c++ > /dev/null 2>&1") == 0, "needs a C++ compiler"))
    func `C++ that shares its variables with other versions of itself is found before it runs`() throws {
        let source = """
            #include <patchbay.h>
            template <class T> struct Count { static int &of() { static int n; return ++n, n; } };
            static const pb_plugin plugin = {};
            extern "C" const pb_plugin *patchbay_plugin_v1(void) { Count<int>::of(); return &plugin; }
            """
        let path = try workshop.build("unique", source, with: "c++ -x c++ -shared -fPIC")
        let report = try runner.run(path, within: .seconds(30))
        #expect(report.entries.map(\.outcome) == [.passed, .failed])
        #expect(report.entries.last?.message.contains("unique symbols") == true)
        let hidden = "c++ -x c++ -shared -fPIC -fvisibility=hidden -fvisibility-inlines-hidden"
        let second = try runner.run(try workshop.build("hidden", source, with: hidden), within: .seconds(30))
        #expect(second.entries[1].outcome == .passed, "\(second)")
    }
}
