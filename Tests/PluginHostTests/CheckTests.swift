import Core
import PluginHost
import Testing

/// plugin.check: in a child process, so that whatever a library does there the host goes on.
@Suite struct CheckTests {
    let workshop: Workshop
    let runner: CheckRunner

    init() throws {
        workshop = try Workshop()
        let path = CommandLine.arguments[0]
        let folder = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
        runner = CheckRunner(program: "\(folder)/patchbay")
    }

    private func check(_ source: String, within limit: Duration = .seconds(30)) throws -> CheckReport {
        try runner.run(try workshop.build("parrot", source), within: limit)
    }

    private func outcome(_ report: CheckReport, _ name: String) -> CheckReport.Outcome? {
        report.entries.first { $0.name == name }?.outcome
    }

    private static let answers =
        #"say(s, PB_FRAME_JSON, f->item, "{\"labels\":[]}"); say(s, PB_FRAME_DONE, f->item, "");"#

    @Test func `a plugin that keeps its contract passes`() throws {
        let report = try check(Workshop.parrot("", push: Self.answers))
        #expect(report.passed, "\(report)")
        #expect(report.entries.count == 11)
        #expect(outcome(report, "answers an item, once") == .passed)
    }

    @Test func `one that crashes is named with the test that it crashed in`() throws {
        let report = try check(Workshop.parrot("", push: "abort();"))
        #expect(!report.passed)
        #expect(outcome(report, "answers an item, once") == .crashed)
        #expect(report.entries.last?.message.contains("Abort") == true)
    }

    @Test func `one that never comes back is killed at the limit`() throws {
        let report = try check(Workshop.parrot("", create: "for (;;) pause();"), within: .seconds(1))
        #expect(report.entries.last?.outcome == .crashed)
        #expect(report.entries.last?.message == "did not come to an end in time")
    }

    @Test func `one that ends an item twice fails`() throws {
        let twice = Self.answers + #"say(s, PB_FRAME_DONE, f->item, "");"#
        let report = try check(Workshop.parrot("", push: twice))
        #expect(outcome(report, "answers an item, once") == .failed, "\(report)")
    }

    @Test func `what is no plugin fails with the reason`() throws {
        let report = try runner.run("/etc/passwd", within: .seconds(10))
        #expect(report.entries.map(\.outcome) == [.failed])
        #expect(report.entries[0].message.contains("no ELF library"))
    }
}
