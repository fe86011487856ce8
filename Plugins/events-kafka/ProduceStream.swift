import JSONKit
import PluginKit
import ProviderKit

/// Batches of events on their way to the brokers; several may be under way.
final class ProduceStream: PluginStream {
    private let producer: Producer
    private let settings: Settings
    private let host: Host
    private let gate: EmissionGate

    init(_ producer: Producer, _ settings: Settings, _ host: Host, _ sink: Sink) {
        (self.producer, self.settings, self.host, gate) = (producer, settings, host, EmissionGate(sink))
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json: try send(try frame.json(), item: frame.item)
        case .end: gate.emit { $0.end() }
        default: break
        }
    }

    private func send(_ json: JSON, item: UInt64) throws(PluginProblem) {
        guard let events = json["events"]?.array else {
            throw PluginProblem(.invalid, "events: is required (a list)")
        }
        let gate = gate
        let batch = Batch(keys: events.map { $0["key"]?.string ?? "" }) { results in
            gate.emit { sink in
                sink.emit(json: ["results": .array(results)], item: item)
                sink.done(item: item)
            }
        }
        guard !events.isEmpty else {
            return gate.emit { sink in
                sink.emit(json: ["results": []], item: item)
                sink.done(item: item)
            }
        }
        for (index, event) in events.enumerated() { send(event) { batch.report(index, $0) } }
        let producer = producer
        host.after(microseconds: UInt64(settings.deliveryMilliseconds) * 1000) {
            if !batch.isComplete { producer.takeBack() }
        }
    }

    private func send(_ event: JSON, _ report: @escaping Producer.Report) {
        guard let id = event["id"]?.string, let topic = event["topic"]?.string, let key = event["key"]?.string else {
            return report(.failure(PluginProblem(.invalid, "id, topic, key: are required in an event (strings)")))
        }
        var bytes: [UInt8] = []
        event.write(into: &bytes)
        producer.send(
            bytes,
            to: settings.topic(of: topic),
            key: key,
            headers: [("ce_id", id), ("ce_type", topic), ("content-type", "application/json")],
            report
        )
    }

    /// What the brokers may have cannot be called back.
    func cancel(item: UInt64) {}

    func close() { gate.close() }
}
