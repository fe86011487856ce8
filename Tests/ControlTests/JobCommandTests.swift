import Core
import JSONKit
import Jobs
import Store
import Testing

@testable import Console
@testable import Control

/// Jobs from the command line.
@Suite(.serialized) struct JobCommandTests {
    private func ended(_ bench: ControlBench) async throws {
        let data: JSON = ["disposition": "repair_booked", "turns": 3]
        try await bench.store.log.append(Event(.callEnded, key: ControlBench.call, data: data))
    }

    @Test func `a job that is waited for shows a bar on a terminal and what came of it, and its end is the exit code`()
        async throws
    {
        let bench = try ControlBench()
        try await ended(bench)
        bench.jobs.start()
        let console = ConsoleBench(width: 80)
        let done = console.run("job", "run", "review", ControlBench.call, "--wait", socket: bench.path)
        #expect(done.code == 0 && done.output.contains("\r") && done.output.contains("done"), "\(done)")
        #expect(done.output.contains("resolution"))
        let failed = console.run("job", "run", "review", "call_nobody_had", "--wait", socket: bench.path)
        #expect(failed.code == 1 && failed.output.contains("no call call_nobody_had has ended"), "\(failed)")
        await bench.jobs.stop()
    }

    @Test func `a program that waits gets one JSON value and no bar`() async throws {
        let bench = try ControlBench()
        try await ended(bench)
        bench.jobs.start()
        let answer = ConsoleBench().run(
            "job",
            "run",
            "review",
            ControlBench.call,
            "--wait",
            "--json",
            socket: bench.path
        )
        let job = try JSON(parsing: answer.output)
        #expect(job["state"] == "done" && job["result"]?["by"] == "rules" && job["percent"] == 100)
        await bench.jobs.stop()
    }

    @Test func `who waits in vain is told so in time`() throws {
        let bench = try ControlBench()
        // Nobody runs jobs here.
        let answer = ConsoleBench().run(
            "job",
            "run",
            "review",
            "call_x",
            "--wait",
            "--timeout",
            "0.3",
            socket: bench.path
        )
        #expect(answer.code == 4)
        #expect(ConsoleBench().run("plugin", "list", "--wait", socket: bench.path).errors.contains("--wait is no flag"))
    }

    @Test func `a job that is over cannot be cancelled, and one that nobody knows is not found`() async throws {
        let bench = try ControlBench()
        let console = ConsoleBench()
        let unknown = console.run("job", "get", "job_x", socket: bench.path)
        #expect(unknown.code == 1 && unknown.errors.contains("job_x does not exist"))
        let kind = console.run("job", "run", "scoring", "lead_1", socket: bench.path)
        #expect(kind.code == 1 && kind.errors.contains("this host does no scoring; it does "))
        let missing = console.run("job", "run", "review", socket: bench.path)
        #expect(missing.code == 1 && missing.errors.contains("must name a call"), "\(missing)")
        _ = console.run("job", "run", "review", "call_x", socket: bench.path)
        let id = Job.Key("review", "call_x").id
        #expect(console.run("job", "cancel", id, socket: bench.path).code == 0)
        let again = console.run("job", "cancel", id, socket: bench.path)
        #expect(again.code == 1 && again.errors.contains("cancelled already"))
        #expect(console.run("job", "list", "--state", "cancelled", socket: bench.path).output.contains("call_x"))
    }

    @Test(arguments: [
        (0, 0, "queued", 80, "queued"), (1, 2, "running", 40, "▕████████▌        ▏   50 %  1/2  running"),
        (2, 2, "done", 16, "100 %  2/2  done"),
    ])
    func `a bar is as long as the terminal allows`(done: Int, total: Int, state: String, width: Int, line: String) {
        let job: JSON = ["state": .string(state), "done": .int(Int64(done)), "total": .int(Int64(total))]
        let shown = ProgressBar(job).line(width: width)
        #expect(shown == line, "\(shown)")
        #expect(shown.displayWidth <= width)
    }
}
