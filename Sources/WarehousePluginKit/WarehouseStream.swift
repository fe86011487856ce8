import JSONKit
public import PluginKit
import WarehouseKit

/// One stream of a warehouse: requests in order, on a worker of the host.
public final class WarehouseStream: PluginStream {
    private let warehouse: any Warehouse
    private let sink: Sink

    public init(_ warehouse: any Warehouse, _ sink: Sink) { (self.warehouse, self.sink) = (warehouse, sink) }

    public func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            sink.emit(json: try answer(try frame.json()), item: frame.item)
            sink.done(item: frame.item)
        case .end: sink.end()
        default: break
        }
    }

    /// A request is either done or not begun.
    public func cancel(item: UInt64) {}

    public func close() {}

    private func answer(_ json: JSON) throws(PluginProblem) -> JSON {
        switch try PluginProblem.reading({ () throws(WarehouseError) in try WarehouseRequest(json) }) {
        case .load(let batch):
            try warehouse.load(batch)
            return ["loaded": .int(Int64(batch.count))]
        case .query(let question, let window): return try warehouse.answer(question, window)
        case .erase(let calls): return ["erased": .int(Int64(try warehouse.erase(calls: calls)))]
        case .check: return ["tables": .int(Int64(try warehouse.check()))]
        }
    }
}
