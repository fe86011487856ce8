import JSONKit
import PluginKit

/// Stores each record as it comes, on a worker of the host.
final class CrmStream: PluginStream {
    private let crm: CrmFile
    private let sink: Sink

    init(_ crm: CrmFile, _ sink: Sink) { (self.crm, self.sink) = (crm, sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            let json = try frame.json()
            if json["op"] == "erase" {
                let keys = (json["keys"]?.array ?? []).compactMap(\.string)
                sink.emit(json: ["erased": .int(Int64(try crm.erase(keys: keys)))], item: frame.item)
            } else {
                let reference = try crm.store(OutcomeRecord(json))
                sink.emit(json: ["reference": .string(reference)], item: frame.item)
            }
            sink.done(item: frame.item)
        case .end: sink.end()
        default: break
        }
    }

    /// A record is either stored or not begun.
    func cancel(item: UInt64) {}

    func close() {}
}
