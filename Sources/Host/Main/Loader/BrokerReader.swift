import Core
import IO
import JSONKit
import PluginHost

/// Batches of a broker's plugin, one after the other: the next one comes when the last one is answered.
///
/// Unchecked: the stream and what has come of a batch are touched on the loop only.
final class BrokerReader: StreamReceiver, @unchecked Sendable {
    struct Batch: Sendable {
        let item: UInt64
        let records: [JSON]
    }

    /// What the plugin brings; a failure is the last of it. At most one batch is unanswered, so there is no queue to speak
    /// of.
    let arrivals: AsyncStream<Result<Batch, PluginFailure>>
    private let arrival: AsyncStream<Result<Batch, PluginFailure>>.Continuation
    private let instance: Instance
    private let loop: PollLoop
    private var stream: PluginHost.Stream?
    private var records: [JSON] = []

    /// The longest that leaving may take.
    private static let farewell = 10_000

    init(_ instance: Instance, options: JSON, loop: PollLoop) {
        (self.instance, self.loop) = (instance, loop)
        (arrivals, arrival) = AsyncStream.makeStream()
        loop.perform { self.open(options) }
    }

    private func open(_ options: JSON) {
        do throws(PluginError) {
            stream = try PluginHost.Stream(
                instance,
                interface: Kind.events.interface ?? "",
                options: options,
                loop: loop,
                receiver: self,
                pluginNumbers: true
            )
        } catch {
            fail(Self.failure(error))
        }
    }

    private static func failure(_ error: PluginError) -> PluginFailure {
        if case .stream(let failure) = error { return failure }
        return PluginFailure(.invalid, isRetryable: false, message: error.description)
    }

    private func fail(_ failure: PluginFailure) {
        arrival.yield(.failure(failure))
        arrival.finish()
    }

    // MARK: StreamReceiver

    func received(_ frame: borrowing Frame, from stream: PluginHost.Stream) {
        switch frame.kind {
        case .json:
            guard let batch = (try? frame.json())?["records"]?.array else {
                let message = "\(stream.plugin) brought something that is no batch of records"
                return fail(PluginFailure(.malformed, isRetryable: true, message: message))
            }
            records = batch
        case .done:
            arrival.yield(.success(Batch(item: frame.item, records: records)))
            records = []
        case .end:
            let message = "\(stream.plugin) ended by itself"
            fail(PluginFailure(.cancelled, isRetryable: true, message: message))
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: PluginHost.Stream) { fail(failure) }

    // MARK: Answering

    /// All of it is taken, but for what is to be kept aside.
    func answer(_ batch: Batch, parking refused: [(index: Int, error: String)]) {
        let park = refused.map { index, error -> JSON in ["index": .int(Int64(index)), "error": .string(error)] }
        loop.perform { [self] in
            do throws(PluginError) {
                if !park.isEmpty { try stream?.push(json: ["park": .array(park)], item: batch.item) }
                try stream?.done(item: batch.item)
            } catch {
                fail(Self.failure(error))
            }
        }
    }

    /// Returns when the plugin has let go, at the latest after ten seconds.
    func close() async {
        await withCheckedContinuation { continuation in
            loop.perform { [self] in
                stream?.close()
                stream = nil
                arrival.finish()
                continuation.resume()
            }
        }
        // A plugin that blocks leaves on a worker. Not to be cut short by cancellation: that is why we leave.
        for _ in 0..<Self.farewell / 10 where instance.openStreams > 0 {
            await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
        }
    }
}
