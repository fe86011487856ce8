import JSONKit
import PluginKit
import ProviderKit

/// Records of some topics, a batch at a time; the next one comes when the host has answered.
final class ConsumeStream: PluginStream {
    private let gate: EmissionGate
    private let consumer: Consumer
    /// What the host has said of the batch under way.
    private var verdict = Verdict()

    init(
        _ producer: Producer,
        _ settings: Settings,
        _ host: Host,
        _ wish: Wish,
        _ sink: Sink
    ) throws(PluginProblem) {
        let gate = EmissionGate(sink)
        self.gate = gate
        consumer = try Consumer(producer, settings, host, wish) { item, records in
            gate.emit { sink in
                sink.emit(json: ["records": .array(records)], item: item)
                sink.done(item: item)
            }
        }
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            let json = try frame.json()
            verdict.park += Self.entries(json["park"])
            verdict.retry += Self.entries(json["retry"])
        case .done:
            consumer.answered(frame.item, verdict)
            verdict = Verdict()
        case .end: gate.emit { $0.end() }
        default: break
        }
    }

    private static func entries(_ json: JSON?) -> [(index: Int, error: String)] {
        (json?.array ?? []).compactMap { entry in
            entry["index"]?.int.map { (Int($0), entry["error"]?.string ?? "") }
        }
    }

    func cancel(item: UInt64) {}

    /// What was not answered comes again, to whoever consumes next.
    func close() {
        gate.close()
        consumer.stop()
    }
}
