import Glibc
import IO
import JSONKit
import PluginHost
import Synchronization

/// A consumer of events, as `patchbay loader` is one: takes batches and answers them.
final class TestConsumer: StreamReceiver, @unchecked Sendable {
    struct Record: Equatable {
        let id: String
        let key: String
        let source: String
    }

    /// What becomes of a batch; nil: it is never answered.
    typealias Judge = @Sendable ([JSON]) -> (park: [JSON], retry: [JSON])?

    private let bench: PluginBench
    private let judge: Judge
    private let seen = Mutex<[Record]>([])
    private let failure = Mutex<PluginFailure?>(nil)
    private let isClosed = Mutex(false)
    /// On the bench's loop only.
    private var stream: Stream?
    private var waiting: [JSON] = []

    init(_ bench: PluginBench, plugin: String, group: String, topics: [String] = [], judge: @escaping Judge) throws {
        (self.bench, self.judge) = (bench, judge)
        let instance = try bench.registry.lease(plugin)
        let consume: JSON = ["group": .string(group), "topics": .array(topics.map { .string($0) })]
        let loop = bench.loop
        loop.perform { [self] in
            stream = try? Stream(
                instance,
                interface: "patchbay.events/1",
                options: ["consume": consume],
                loop: loop,
                receiver: self
            )
        }
    }

    var records: [Record] { seen.withLock { $0 } }
    var problem: PluginFailure? { failure.withLock { $0 } }

    /// Leaves, as a loader that ends does, or one that is killed before it has answered.
    func close() {
        bench.loop.perform { [self] in
            stream?.close()
            stream = nil
            isClosed.withLock { $0 = true }
        }
        while !isClosed.withLock({ $0 }) { usleep(1000) }
    }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        switch frame.kind {
        case .json: waiting = (try? frame.json())?["records"]?.array ?? []
        case .done: answer(frame.item, stream)
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { self.failure.withLock { $0 = failure } }

    private func answer(_ item: UInt64, _ stream: Stream) {
        let records = waiting
        seen.withLock { seen in
            seen += records.map {
                Record(
                    id: $0["id"]?.string ?? "?",
                    key: $0["key"]?.string ?? "?",
                    source: $0["source"]?.string ?? "?"
                )
            }
        }
        guard let verdict = judge(records) else { return }
        if !verdict.park.isEmpty { try? stream.push(json: ["park": .array(verdict.park)], item: item) }
        if !verdict.retry.isEmpty { try? stream.push(json: ["retry": .array(verdict.retry)], item: item) }
        try? stream.done(item: item)
    }
}
