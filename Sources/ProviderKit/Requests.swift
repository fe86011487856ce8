public import PluginKit
import Synchronization

/// The requests of one stream, by item. Usually one is under way; after a barge-in the next may begin before the last is
/// gone. Any thread.
public final class Requests: Sendable {
    /// The way out for all answers.
    public let gate: EmissionGate
    private let host: Host
    private let most: Int
    private let progress = Mutex(Progress())

    private struct Progress {
        /// Items under way and their requests; 0 while a request is being started.
        var requests: [UInt64: UInt64] = [:]
        var isEnding = false
        var isOver: Bool { isEnding && requests.isEmpty }
    }

    /// At most `most` items may be under way.
    public init(_ host: Host, _ sink: Sink, most: Int = 8) {
        (self.host, self.most) = (host, most)
        gate = EmissionGate(sink)
    }

    /// Starts the request of an item. `answer` makes what reads it, and is given what is to be called when the item is
    /// complete, after its DONE.
    /// - Throws: `.invalid` if the item is under way already, or too many others are.
    public func start(
        _ request: HTTPRequest,
        item: UInt64,
        answer: (_ finished: @escaping @Sendable () -> Void) -> any HTTPReceiver
    ) throws(PluginProblem) {
        let isFree = progress.withLock { progress in
            guard progress.requests.count < most, progress.requests[item] == nil else { return false }
            progress.requests[item] = 0
            return true
        }
        guard isFree else { throw PluginProblem(.invalid, "item \(item) is under way, or \(most) others are") }
        let number = try host.send(request, to: answer { [weak self] in self?.finished(item) })
        // It may have been answered, or cancelled, before its number was known.
        let isWanted = progress.withLock { progress in
            guard progress.requests[item] != nil else { return false }
            progress.requests[item] = number
            return true
        }
        if !isWanted { host.cancel(number) }
    }

    /// Drops an item, 0 for all: its request is given up, and it is closed with DONE.
    public func cancel(item: UInt64) {
        let (dropped, isOver) = progress.withLock { progress in
            let dropped = progress.requests.filter { item == 0 || $0.key == item }
            for item in dropped.keys { progress.requests[item] = nil }
            return (dropped, !dropped.isEmpty && progress.isOver)
        }
        for (item, number) in dropped {
            if number != 0 { host.cancel(number) }
            gate.emit { $0.done(item: item) }
        }
        if isOver { gate.emit { $0.end() } }
    }

    /// No further item will come: END follows the last answer.
    public func end() {
        let isOver = progress.withLock { progress in
            progress.isEnding = true
            return progress.isOver
        }
        if isOver { gate.emit { $0.end() } }
    }

    /// The stream is over: nothing is emitted after this has returned.
    public func close() {
        gate.close()
        let numbers = progress.withLock { progress in
            defer { progress.requests = [:] }
            return Array(progress.requests.values)
        }
        for number in numbers where number != 0 { host.cancel(number) }
    }

    private func finished(_ item: UInt64) {
        let isOver = progress.withLock { progress in
            progress.requests[item] = nil
            return progress.isOver
        }
        if isOver { gate.emit { $0.end() } }
    }
}
