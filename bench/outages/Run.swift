import Console
import Glibc
import JSONKit
import Services
import Staging

/// Service by service: calls while all is well, then calls under which it fails in each way.
struct Run {
    private let plan: Plan
    private let scene: Scene

    init(_ plan: Plan, _ scene: Scene) { (self.plan, self.scene) = (plan, scene) }

    /// Whether no call was dropped and everything was delivered in the end.
    func all() throws -> Bool {
        try scene.host.start()
        var (facts, isFine) = (Facts(), true)
        // What is paid once is not counted to the first.
        _ = try calls { _ in }
        for name in plan.services {
            let service = scene.service(name, delay: plan.delay)
            _ = try settle(&facts, seconds: 120)
            let quiet = try calls { _ in }
            for mode in plan.modes {
                _ = try settle(&facts, seconds: 120)
                let figures = try calls { _ in try service.fail(mode) }
                // What the host does when they hang up falls into the outage as well.
                usleep(500_000)
                try service.recover(mode)
                let start = Terminal.now
                let isSettled = try settle(&facts, seconds: 180)
                let seconds = Terminal.now - start
                let missing = try missing(service, facts)
                if !isSettled { Terminal.complain("bench: \(name), \(mode): not everything is delivered") }
                isFine = report(service, mode, figures, quiet, missing: missing, seconds) && isFine
            }
        }
        return isFine
    }

    /// `body` runs when all calls are live.
    private func calls(_ body: (ControlClient) throws -> Void) throws -> JSON {
        let client = try ControlClient(scene.socket)
        let calls = Calls(plan, plan.calls, turns: plan.turns, port: scene.port, pid: scene.host.pid)
        try wait(60, for: "\(plan.calls) calls") {
            try figure("patchbay_calls_active", client) >= Double(plan.calls)
        }
        try body(client)
        let figures = try calls.figures()
        try wait(60, for: "the calls' ends") { try figure("patchbay_calls_active", client) == 0 }
        return figures
    }

    /// What a service lacks; calls without an end in the log, and events that were given up, are missing everywhere.
    private func missing(_ service: Service, _ facts: Facts) throws -> Int {
        let client = try ControlClient(scene.socket)
        let lost = try ["patchbay_log_append_failures_total", "patchbay_outbox_parked"].reduce(0) {
            $0 + Int(try figure($1, client))
        }
        return try service.missing(facts) + facts.started.subtracting(facts.ended).count + lost
    }

    /// Returns when nobody waits for an event any more; false: after `seconds` somebody still does.
    private func settle(_ facts: inout Facts, seconds: Double) throws -> Bool {
        let deadline = Terminal.now + seconds
        var quiet = 0
        while quiet < 2, Terminal.now < deadline {
            // The figures are a second old at most.
            usleep(600_000)
            quiet = try isQuiet() ? quiet + 1 : 0
        }
        try facts.read(try ControlClient(scene.socket))
        return quiet == 2
    }

    private func isQuiet() throws -> Bool {
        let client = try ControlClient(scene.socket)
        let names = [
            "patchbay_outbox_depth", "patchbay_outbox_waiting", "patchbay_log_waiting", "patchbay_sessions_waiting",
        ]
        for name in names where try figure(name, client) > 0 { return false }
        let jobs = try client.call("metrics.get", ["prefix": "patchbay_jobs"])["items"]?.array ?? []
        let isWorking = jobs.contains { $0["value"]?.double ?? 0 > 0 && $0["labels"] != "state=\"failed\"" }
        return try !isWorking && figure("patchbay_sessions_redis_up", client) == 1
    }

    /// The sum of a metric's series.
    private func figure(_ name: String, _ client: ControlClient) throws -> Double {
        let items = try client.call("metrics.get", ["prefix": .string(name)], seconds: 30)["items"]?.array ?? []
        return items.filter { $0["name"]?.string == name }.reduce(0) { $0 + ($1["value"]?.double ?? 0) }
    }

    private func wait(_ seconds: Double, for what: String, until isSo: () throws -> Bool) throws {
        let deadline = Terminal.now + seconds
        while try !isSo() {
            guard Terminal.now < deadline else { throw BenchFailure("waited \(seconds) s in vain for \(what)") }
            usleep(20_000)
        }
    }

    private func report(
        _ service: Service,
        _ mode: Service.Mode,
        _ figures: JSON,
        _ quiet: JSON,
        missing: Int,
        _ seconds: Double
    ) -> Bool {
        let dropped = (figures["refused"]?.int ?? 0) + (figures["broken"]?.int ?? 0)
        var line: JSONObject = [
            "bench": "outages", "service": .string(service.name), "mode": .string(mode.rawValue),
            "calls": .int(Int64(plan.calls)), "dropped": .int(dropped),
        ]
        for name in ["unanswered", "late_frames"] { line[name] = figures[name] ?? .null }
        for part in ["p50", "p99"] {
            let (now, before) = (figures["added_ms_\(part)"]?.double ?? 0, quiet["added_ms_\(part)"]?.double ?? 0)
            line["added_ms_\(part)"] = .double(now)
            line["quiet_ms_\(part)"] = .double(before)
            line["ratio_\(part)"] = before > 0 ? .double((now / before * 100).rounded() / 100) : .null
        }
        line["undelivered"] = .int(Int64(missing))
        line["delivered_after_s"] = .double((seconds * 10).rounded() / 10)
        line["load_lag_ms"] = figures["load_lag_ms"] ?? .null
        Terminal.print(line)
        return dropped == 0 && missing == 0
    }
}
