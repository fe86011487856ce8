import Carrier
import Glibc
import IO
import JSONKit
import Services
import Testing

/// `patchbay loader`, from a broker to the embedded warehouse.
@Suite(.serialized) struct LoaderTests {
    private func lines(_ range: Range<Int>) -> [String] { range.map { LoaderBench.event($0).description } }

    @Test func `events come to stand in the warehouse once, and the broker is told when they do`() async throws {
        let bench = try LoaderBench()
        try bench.append(lines(0..<2500))
        try bench.start()
        try await Patience.wait(for: "all lines") { bench.next == 2500 }
        #expect(bench.rows() == (2500, 2500) && bench.rows("turns") == (2500, 2500))
        try bench.append(lines(2500..<2510))
        try await Patience.wait(for: "the new lines") { bench.next == 2510 }
        #expect(bench.rows() == (2510, 2510))
        bench.stop()
        #expect(bench.exitCode() == 0)
        #expect(bench.output.contains("Stopped."))
        #expect(bench.output.contains("loaded") && bench.output.contains("events=2510"), "\(bench.output)")
    }

    @Test func `killed at any instant it neither loses an event nor has one twice`() async throws {
        let bench = try LoaderBench()
        var written = 0
        for _ in 0..<12 {
            try bench.append(lines(written..<written + 3000))
            written += 3000
            try bench.start()
            // While plugins are loaded, in the middle of batches, and between the warehouse's answer and ours.
            usleep(UInt32.random(in: 20_000...400_000))
            bench.kill()
            let (count, distinct) = bench.rows()
            #expect(count == distinct && count >= bench.next, "acknowledged is what is loaded")
        }
        try bench.start()
        try await Patience.wait(for: "the rest") { bench.next == written }
        #expect(bench.rows() == (written, written))
        #expect(system("ls -d /tmp/patchbay-loader.* > /dev/null 2>&1") != 0, "no copies of code are left")
    }

    @Test func `what the warehouse will never take is found by halves and parked alone, with the reason`() async throws
    {
        let bench = try LoaderBench()
        var mixed = lines(0..<200)
        // No event at all, and an event whose row no table can hold.
        mixed[77] = "not JSON"
        mixed[123] = LoaderBench.event(123).description.split(separator: "evt_123").joined(
            separator: String(repeating: "x", count: 2000)
        )
        try bench.append(mixed)
        try bench.start()
        try await Patience.wait(for: "all lines") { bench.next == 200 }
        let refused = bench.parked
        #expect(
            refused.contains { $0["error"]?.string?.hasPrefix("not an event: id: is required") == true },
            "\(refused)"
        )
        #expect(bench.rows().count == 200 - refused.count)
    }

    @Test func `with the warehouse away everything waits at the broker, and arrives when it is back`() async throws {
        let bench = try LoaderBench()
        // A folder where the file should be: refused until somebody puts it right.
        mkdir("\(bench.folder)/warehouse.db", 0o700)
        try bench.append(lines(0..<100))
        try bench.start()
        try await Patience.wait(for: "the complaint") { bench.output.contains("the warehouse takes nothing") }
        #expect(bench.next == 0 && bench.parked.isEmpty)
        rmdir("\(bench.folder)/warehouse.db")
        bench.stop()
        #expect(bench.exitCode() == 0, "it ends while it waits, too")
        try bench.start()
        try await Patience.wait(for: "all lines") { bench.next == 100 }
        #expect(bench.rows() == (100, 100) && bench.parked.isEmpty)
    }

    @Test(arguments: [
        (#"{"deliveries": {"warehouse_from": "log"}}"#, "deliveries.warehouse_from is \"log\""),
        (#"{"routes": {"warehouse": [{"plugin": "warehouse-sqlite"}]}}"#, "routes.events: is required"),
        (#"{"routes": {"events": [{"plugin": "events-lines"}]}}"#, "routes.warehouse: is required"),
        (#"{"loader": {"group": ""}}"#, "loader.group"), (#"{"plugins": []}"#, "no plugin is called"),
    ])
    func `a configuration with which nothing can be loaded is refused in one line`(
        change: String,
        hint: String
    ) throws {
        let changes = try #require(JSON(parsing: change).object)
        let bench = try LoaderBench { for (member, value) in changes { $0[member] = value } }
        try bench.start()
        #expect(bench.exitCode() == 1)
        #expect(bench.output.contains(hint) && bench.output.split(separator: "\n").count == 1, "\(bench.output)")
    }

    @Test func `its figures and its health are at a port of its own`() async throws {
        let port = LoopbackPort.unused()
        let bench = try LoaderBench { $0["loader"] = ["port": .int(Int64(port))] }
        try bench.append(lines(0..<50))
        try bench.start()
        try await Patience.wait(for: "all lines") { bench.next == 50 }
        let carrier = try TestCarrier()
        let page = try await carrier.get("http://127.0.0.1:\(port)/metrics").body
        #expect(page.contains("patchbay_loader_events_total 50\n"))
        #expect(page.contains("patchbay_loader_lag_seconds "))
        #expect(!page.contains("patchbay_plugin_violations_total{plugin=\"events-lines\",what=\"unknown_item\"} 1"))
        #expect(try await carrier.get("http://127.0.0.1:\(port)/readyz").status == 200)
        #expect(system("curl -s 'http://127.0.0.1:\(port)/metrics' | promtool check metrics") == 0)
    }
}
