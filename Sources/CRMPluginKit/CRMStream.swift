import JSONKit
public import PluginKit
import Synchronization

/// One stream of a CRM: records and questions in order, on a worker of the host.
public final class CRMStream: PluginStream, Sendable {
    private let system: any CRMSystem
    private let host: Host
    private let sink: Sink
    private let milliseconds: Int
    private let attempts = Mutex<[UInt64: Attempt]>([:])

    /// `milliseconds`: the longest that one item may take, with all its requests.
    public init(_ system: any CRMSystem, _ host: Host, _ sink: Sink, milliseconds: Int) {
        (self.system, self.host, self.sink, self.milliseconds) = (system, host, sink, milliseconds)
    }

    public func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            let item = frame.item
            let json = try frame.json()
            let attempt = Attempt(host, milliseconds: milliseconds)
            attempts.withLock { $0[item] = attempt }
            defer { attempts.withLock { $0[item] = nil } }
            sink.emit(json: try answer(json, attempt), item: item)
            sink.done(item: item)
        case .end: sink.end()
        default: break
        }
    }

    /// What is under way ends before its next request: whatever was written is found again when the record comes again.
    public func cancel(item: UInt64) {
        attempts.withLock { attempts in
            for (number, attempt) in attempts where item == 0 || number == item { attempt.cancel() }
        }
    }

    public func close() { cancel(item: 0) }

    private func answer(_ json: JSON, _ attempt: Attempt) throws(PluginProblem) -> JSON {
        guard json["op"] == "leads" else {
            return ["reference": .string(try system.write(CRMRecord(json), attempt))]
        }
        let limit = max(1, Int(clamping: json["limit"]?.int ?? 100))
        let page = try system.leads(after: json["cursor"]?.string ?? "", limit: limit, attempt)
        return ["leads": .array(page.leads), "next": .string(page.next)]
    }
}
