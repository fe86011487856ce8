import Core
import Glibc
import JSONKit
import Testing

@Suite struct MetricsTests {
    @Test func `for OpenMetrics, counters lose their suffix in the title and a bucket names its newest call`() {
        let metrics = Metrics()
        metrics.counter("patchbay_barge_in_total", help: "Times.").add()
        let turn = metrics.histogram("patchbay_turn_seconds", help: "Turns.", bounds: [0.1, 1])
        turn.observe(0.5, call: "call_1")
        turn.observe(0.75, call: "call_2")
        turn.observe(7)
        let lines = metrics.render(.openMetrics).split(separator: "\n")
        #expect(lines[1] == "# TYPE patchbay_barge_in counter" && lines[2] == "patchbay_barge_in_total 1")
        #expect(lines[5] == #"patchbay_turn_seconds_bucket{le="0.1"} 0"#)
        #expect(lines[6].hasPrefix(#"patchbay_turn_seconds_bucket{le="1"} 2 # {call_id="call_2"} 0.75 1"#))
        #expect(lines[7] == #"patchbay_turn_seconds_bucket{le="+Inf"} 3"#)
        #expect(!metrics.render().contains("call_2"))
    }

    @Test func `the page has every figure once, families by name, buckets that add up`() {
        let metrics = Metrics()
        let calls = metrics.counter("patchbay_calls_total", help: "Calls taken.", labels: [("agent", "a\"b\\c\nd")])
        calls.add()
        calls.add(2)
        #expect(metrics.counter("patchbay_calls_total", help: "", labels: [("agent", "a\"b\\c\nd")]) === calls)
        metrics.gauge("patchbay_calls", help: "Calls\nnow.").set(2.5)
        metrics.gauge("patchbay_calls", help: "").add(-0.5)
        let turn = metrics.histogram("patchbay_turn_seconds", help: "Turns.", bounds: [0.1, 1])
        for seconds in [0.05, 0.1, 0.5, 7] { turn.observe(seconds) }
        #expect(
            metrics.render() == """
                # HELP patchbay_calls Calls\\nnow.
                # TYPE patchbay_calls gauge
                patchbay_calls 2
                # HELP patchbay_calls_total Calls taken.
                # TYPE patchbay_calls_total counter
                patchbay_calls_total{agent="a\\"b\\\\c\\nd"} 3
                # HELP patchbay_turn_seconds Turns.
                # TYPE patchbay_turn_seconds histogram
                patchbay_turn_seconds_bucket{le="0.1"} 2
                patchbay_turn_seconds_bucket{le="1"} 3
                patchbay_turn_seconds_bucket{le="+Inf"} 4
                patchbay_turn_seconds_sum 7.65
                patchbay_turn_seconds_count 4

                """
        )
        #expect(metrics.snapshot()["patchbay_turn_seconds"]?[0]?["count"] == 4)
        #expect(turn.quantile(0.5) == 0.1)
        #expect(turn.quantile(1) == .infinity)
    }

    @Test func `a name that is used for two types does not break the page`() {
        let metrics = Metrics()
        metrics.counter("x_total", help: "X.").add()
        metrics.gauge("x_total", help: "X.").set(9)
        #expect(metrics.render() == "# HELP x_total X.\n# TYPE x_total counter\nx_total 1\n")
    }

    @Test func `many threads lose nothing`() async {
        let metrics = Metrics()
        let counter = metrics.counter("n_total", help: "N.")
        let gauge = metrics.gauge("n", help: "N.")
        let histogram = metrics.histogram("n_seconds", help: "N.", bounds: Histogram.stageBounds)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.add()
                        gauge.add(1)
                        histogram.observe(0.002)
                    }
                }
            }
        }
        #expect(counter.value == 8000)
        #expect(gauge.value == 8000)
        #expect(histogram.snapshot.count == 8000)
    }

    @Test(.enabled(if: system("command -v promtool > /dev/null") == 0))
    func `Prometheus' own tool finds nothing wrong with the page`() throws {
        let metrics = Metrics()
        metrics.counter("patchbay_calls_total", help: "Calls taken.", labels: [("agent", "äö \"x\"")]).add()
        metrics.gauge("patchbay_calls_live", help: "Calls now.").set(0.25)
        metrics.histogram("patchbay_turn_seconds", help: "Turns.", bounds: Histogram.turnBounds).observe(0.3)
        let tool = try #require(popen("promtool check metrics 2>&1", "w"))
        fputs(metrics.render(), tool)
        #expect(pclose(tool) == 0)
    }
}
