import Core
import IO
import JSONKit
import PluginHost

/// The stream behind a `BrokerReader`. Lives on its loop.
final class BrokerStream: StreamReceiver {
    typealias Arrival = Result<BrokerReader.Batch, PluginFailure>

    private let arrival: AsyncStream<Arrival>.Continuation
    private var stream: PluginHost.Stream?
    /// Of the batch that is not complete yet.
    private var records: [JSON] = []

    init(_ arrival: AsyncStream<Arrival>.Continuation) { self.arrival = arrival }

    func open(_ instance: Instance, _ options: JSON, _ loop: PollLoop) {
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

    func answer(_ item: UInt64, parking park: [JSON]) {
        do throws(PluginError) {
            if !park.isEmpty { try stream?.push(json: ["park": .array(park)], item: item) }
            try stream?.done(item: item)
        } catch {
            fail(Self.failure(error))
        }
    }

    func close() {
        stream?.close()
        stream = nil
        arrival.finish()
    }

    func received(_ frame: borrowing Frame, from stream: PluginHost.Stream) {
        switch frame.kind {
        case .json:
            guard let batch = (try? frame.json())?["records"]?.array else {
                let message = "\(stream.plugin) brought something that is no batch of records"
                return fail(PluginFailure(.malformed, isRetryable: true, message: message))
            }
            records = batch
        case .done:
            arrival.yield(.success(BrokerReader.Batch(item: frame.item, records: records)))
            records = []
        case .end:
            let message = "\(stream.plugin) ended by itself"
            fail(PluginFailure(.cancelled, isRetryable: true, message: message))
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: PluginHost.Stream) { fail(failure) }

    private func fail(_ failure: PluginFailure) {
        arrival.yield(.failure(failure))
        arrival.finish()
    }

    private static func failure(_ error: PluginError) -> PluginFailure {
        if case .stream(let failure) = error { return failure }
        return PluginFailure(.invalid, isRetryable: false, message: error.description)
    }
}
