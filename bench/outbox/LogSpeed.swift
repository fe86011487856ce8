import Glibc
import JSONKit
import Staging
import Synchronization

/// How fast facts become durable when many clients write at once, over the control socket.
struct LogSpeed {
    private let scene: Scene
    private let events: Int

    init(_ scene: Scene, events: Int) { (self.scene, self.events) = (scene, events) }

    func run() throws {
        let host = scene.host()
        try host.start()
        for (lanes, batch, rate) in [(8, 1, 0), (8, 20, 20_000), (8, 20, 0), (4, 500, 0)] {
            // Fewer where each waits for a commit of its own.
            let count = min(events, lanes * batch * 500)
            let prefix = "\(lanes)-\(batch)-\(rate)"
            let appender = Appender(scene, events: count, lanes: lanes, batch: batch, prefix: prefix, rate: rate)
            let start = Terminal.now
            appender.start()
            while !appender.isOver { usleep(1000) }
            let seconds = Terminal.now - start
            if let failure = appender.state.withLock({ $0.failure }) { throw failure }
            let waits = appender.state.withLock { $0.waits }.sorted()
            func milliseconds(_ part: Double) -> JSON {
                .double((waits[Int(Double(waits.count - 1) * part)] * 100_000).rounded() / 100)
            }
            Terminal.print([
                "bench": "outbox_log", "engine": .string(scene.engine), "clients": .int(Int64(lanes)),
                "batch": .int(Int64(batch)), "offered_per_s": rate > 0 ? .int(Int64(rate)) : .null,
                "events": .int(Int64(count)),
                "events_per_s": .int(Int64(Double(count) / seconds)), "append_ms_p50": milliseconds(0.5),
                "append_ms_p99": milliseconds(0.99),
            ])
        }
    }
}
