import PluginAPI
import Synchronization

/// Keeps the receivers of requests that are under way: C holds no reference to them.
final class WaitingReceivers: Sendable {
    private let waiting = Mutex<[UInt64: WaitingReceiver]>([:])

    /// The answer may have been complete before the number was known.
    func keep(_ receiver: WaitingReceiver, _ number: UInt64) {
        waiting.withLock { waiting in
            receiver.number = number
            if !receiver.isOver { waiting[number] = receiver }
        }
    }

    func drop(_ number: UInt64) { _ = waiting.withLock { $0.removeValue(forKey: number) } }

    func finish(_ receiver: WaitingReceiver) {
        waiting.withLock { waiting in
            receiver.isOver = true
            if receiver.number != 0 { waiting[receiver.number] = nil }
        }
    }
}

/// One receiver behind the C sink of its request.
///
/// Unchecked: `number` and `isOver` are guarded by the lock of the collection.
final class WaitingReceiver: @unchecked Sendable {
    let receiver: any HTTPReceiver
    private let collection: WaitingReceivers
    var number: UInt64 = 0
    var isOver = false

    init(_ receiver: any HTTPReceiver, in collection: WaitingReceivers) {
        (self.receiver, self.collection) = (receiver, collection)
    }

    private static func of(_ context: UnsafeMutableRawPointer) -> WaitingReceiver {
        Unmanaged<WaitingReceiver>.fromOpaque(context).takeUnretainedValue()
    }

    static let head: @convention(c) (UnsafeMutableRawPointer?, UInt32, UnsafePointer<pb_header>?, UInt64) -> Void = {
        guard let context = $0 else { return }
        var headers: [(name: String, value: String)] = []
        for index in 0..<Int($3) {
            guard let header = $2?[index] else { break }
            headers.append((String(header.name), String(header.value)))
        }
        of(context).receiver.head(status: Int($1), headers: headers)
    }

    static let body: @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, UInt64) -> Void = {
        guard let context = $0 else { return }
        of(context).receiver.body(.init(start: $1, count: Int($2)))
    }

    static let done: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<pb_error>?) -> Void = {
        guard let context = $0 else { return }
        let waiting = of(context)
        waiting.receiver.done($1.map { PluginProblem($0.pointee) })
        waiting.collection.finish(waiting)
    }
}
