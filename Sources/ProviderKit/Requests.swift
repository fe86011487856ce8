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
        /// Items under way.
        var requests: [UInt64: Entry] = [:]
        var isEnding = false
        var isOver: Bool { isEnding && requests.isEmpty }
    }

    private struct Entry {
        /// Of the host; 0 while the request is being started, or waits for something.
        var number: UInt64 = 0
        /// How many requests the item has had.
        var sent = 0
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
        try reserve(item)
        try send(request, item: item, to: answer { [weak self] in self?.finished(item) })
    }

    /// Takes a place for an item whose request has to wait: for a token, or for the rest of what is to be sent. `send`
    /// follows, or `complete`.
    /// - Throws: `.invalid` if the item is under way already, or too many others are.
    public func reserve(_ item: UInt64) throws(PluginProblem) {
        let isFree = progress.withLock { progress in
            guard progress.requests.count < most, progress.requests[item] == nil else { return false }
            progress.requests[item] = Entry()
            return true
        }
        guard isFree else { throw PluginProblem(.invalid, "item \(item) is under way, or \(most) others are") }
    }

    /// Sends a request of an item that has its place; one before it must be over. Nothing happens if the item has been
    /// cancelled.
    public func send(_ request: HTTPRequest, item: UInt64, to receiver: any HTTPReceiver) throws(PluginProblem) {
        let turn = progress.withLock { progress in
            progress.requests[item]?.sent += 1
            return progress.requests[item]?.sent
        }
        guard let turn else { return }
        let number = try host.send(request, to: receiver)
        // It may have been answered, followed by another, or cancelled, before its number was known.
        let isWanted = progress.withLock { progress in
            guard let entry = progress.requests[item] else { return false }
            if entry.sent == turn { progress.requests[item]?.number = number }
            return true
        }
        if !isWanted { host.cancel(number) }
    }

    /// Speaks for an item, unless it has been cancelled.
    public func emit(item: UInt64, _ body: (Sink) -> Void) {
        gate.emit { sink in
            if progress.withLock({ $0.requests[item] != nil }) { body(sink) }
        }
    }

    /// The last words of an item and its DONE, unless it has been cancelled: then DONE has been said.
    public func complete(item: UInt64, _ body: (Sink) -> Void = { _ in }) {
        gate.emit { sink in
            guard progress.withLock({ $0.requests[item] != nil }) else { return }
            body(sink)
            let (isMine, isOver) = progress.withLock { progress in
                (progress.requests.removeValue(forKey: item) != nil, progress.isOver)
            }
            if isMine { sink.done(item: item) }
            if isMine, isOver { sink.end() }
        }
    }

    /// Drops an item, 0 for all: its request is given up, and it is closed with DONE.
    public func cancel(item: UInt64) {
        let (dropped, isOver) = progress.withLock { progress in
            let dropped = progress.requests.filter { item == 0 || $0.key == item }
            for item in dropped.keys { progress.requests[item] = nil }
            return (dropped, !dropped.isEmpty && progress.isOver)
        }
        for (item, entry) in dropped {
            if entry.number != 0 { host.cancel(entry.number) }
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
            return progress.requests.values.map(\.number)
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
