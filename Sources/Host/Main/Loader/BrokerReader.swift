import Core
import IO
import JSONKit
import PluginHost

/// Batches of a broker's plugin, one after the other: the next one comes when the last one is answered. Any thread.
struct BrokerReader: Sendable {
    struct Batch: Sendable {
        let item: UInt64
        let records: [JSON]
    }

    /// What the plugin brings; a failure is the last of it. At most one batch is unanswered, so there is no queue to speak
    /// of.
    let arrivals: AsyncStream<Result<Batch, PluginFailure>>
    private let stream: LoopBound<BrokerStream>
    private let instance: Instance
    private let loop: PollLoop

    /// The longest that leaving may take, in milliseconds.
    private static let farewell = 10_000

    /// Opens a stream of the plugin.
    init(_ instance: Instance, options: JSON, loop: PollLoop) {
        (self.instance, self.loop) = (instance, loop)
        let (arrivals, arrival) = AsyncStream<Result<Batch, PluginFailure>>.makeStream()
        self.arrivals = arrivals
        let stream = LoopBound(BrokerStream(arrival), loop)
        self.stream = stream
        loop.perform { stream.with { $0.open(instance, options, loop) } }
    }

    /// All of it is taken, but for what is to be kept aside.
    func answer(_ batch: Batch, parking refused: [(index: Int, error: String)]) {
        let park = refused.map { index, error -> JSON in ["index": .int(Int64(index)), "error": .string(error)] }
        loop.perform { [stream] in stream.with { $0.answer(batch.item, parking: park) } }
    }

    /// Returns when the plugin has let go, at the latest after ten seconds.
    func close() async {
        await withCheckedContinuation { continuation in
            loop.perform { [stream] in
                stream.with { $0.close() }
                continuation.resume()
            }
        }
        // A plugin that blocks leaves on a worker. Not to be cut short by cancellation: that is why we leave.
        for _ in 0..<Self.farewell / 10 where instance.openStreams > 0 {
            await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
        }
    }
}
