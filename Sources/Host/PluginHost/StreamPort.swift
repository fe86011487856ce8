import Core
import PluginAPI
import Synchronization

/// The host's end of one stream: what the plugin's sink points to.
///
/// On the stream's loop a frame is delivered inline; from another thread it is copied once and queued, with one wake for
/// many frames. Unchecked: `receiver` and `stream` are touched on the loop only, the rest is behind the lock.
final class StreamPort: @unchecked Sendable {
    let loop: any EventLoop
    let plugin: String
    private weak var stream: Stream?
    private var receiver: (any StreamReceiver)?
    /// Touched on the loop: the stream has ended or is closed.
    private var isOver = false
    /// `close` of the plugin's stream has returned.
    private let isLeft = Atomic<Bool>(false)
    /// Touched on the loop: the highest item pushed.
    var lastItem: UInt64 = 0
    /// Touched on the loop: microseconds that the host itself spent on frames that came inline, inside the plugin's calls.
    private(set) var hostTime: Int64 = 0
    /// Touched on the loop: items whose audio is not delivered any more.
    private var cancelled = Cancelled()
    /// Touched on the loop: taken from the inbox and not delivered yet.
    private var backlog: [Arrival] = []
    private var delivered = 0
    private let inbox = Mutex(Inbox())
    /// Something came from another thread and must be delivered before what comes on the loop.
    private let hasQueued = Atomic<Bool>(false)
    private let violations: Violations
    private let rehearsal: Rehearsal

    private struct Inbox {
        var arrivals: [Arrival] = []
        var bytes = 0
        var isClosed = false
        var cancelled = Cancelled()
    }

    private struct Cancelled {
        private var items: Set<UInt64> = []
        /// Every item up to this one.
        private var through: UInt64 = 0

        func contains(_ item: UInt64) -> Bool {
            item <= through && through > 0 || !items.isEmpty && items.contains(item)
        }

        mutating func insert(_ item: UInt64, through last: UInt64) {
            if item == 0 {
                through = max(through, last)
                items = items.filter { $0 > last }
            } else {
                items.insert(item)
            }
        }
    }

    private enum Arrival {
        case frame(FrameHeader, [UInt8])
        case failure(PluginFailure)
    }

    /// What a plugin may emit ahead of its loop: four minutes of audio at 8 kHz. Above it the stream fails.
    private static let bound = 4 << 20
    /// A recording that is read from a store faster than it is taken.
    private static let bytesBound = 256 << 20

    init(loop: any EventLoop, plugin: String, violations: Violations, rehearsal: Rehearsal) {
        (self.loop, self.plugin, self.violations, self.rehearsal) = (loop, plugin, violations, rehearsal)
    }

    /// On the loop, before the plugin is opened.
    func attach(_ stream: Stream, _ receiver: any StreamReceiver) { (self.stream, self.receiver) = (stream, receiver) }

    /// On the loop: nothing is delivered from now on.
    func close() {
        isOver = true
        receiver = nil
        stream = nil
        backlog = []
        delivered = 0
        inbox.withLock {
            $0.isClosed = true
            $0.arrivals = []
        }
    }

    /// From any thread: the plugin must not emit any more.
    func leave() { isLeft.store(true, ordering: .relaxed) }

    /// On the loop: audio of these items that is queued or still comes is dropped.
    func cancel(_ item: UInt64) {
        let last = lastItem
        cancelled.insert(item, through: last)
        inbox.withLock { inbox in
            inbox.cancelled.insert(item, through: last)
            inbox.arrivals.removeAll { arrival in
                guard case .frame(let frame, let bytes) = arrival, frame.isAudio, inbox.cancelled.contains(frame.item)
                else { return false }
                inbox.bytes -= bytes.count
                return true
            }
        }
    }

    // MARK: From the plugin, any thread

    @inline(__always)
    func emit(_ frame: pb_frame, deliversInline: Bool) {
        guard deliversInline, loop.isCurrent else { return queue(frame) }
        if hasQueued.load(ordering: .relaxed) || !backlog.isEmpty { drain() }
        deliver(frame)
    }

    func fail(_ failure: PluginFailure, deliversInline: Bool) {
        guard deliversInline, loop.isCurrent else { return queue(.failure(failure), bytes: 0) }
        if hasQueued.load(ordering: .relaxed) || !backlog.isEmpty { drain() }
        deliver(failure)
    }

    func supersede() {
        let failure = PluginFailure(
            .superseded,
            isRetryable: true,
            message: "a newer generation of \(plugin) took over"
        )
        queue(.failure(failure), bytes: 0)
    }

    // MARK: On the loop

    @inline(__always)
    private func deliver(_ frame: pb_frame) {
        guard !isOver, let stream, let receiver else { return reportLate() }
        if rehearsal.isDue() {
            let text = "\(plugin) failed on purpose (plugin.fail)"
            return deliver(PluginFailure(.unavailable, isRetryable: true, message: text))
        }
        switch frame.type {
        case UInt32(PB_FRAME_AUDIO): if cancelled.contains(frame.item) { return }
        case UInt32(PB_FRAME_DONE): if frame.item > lastItem { violations.report(.unknownItem) }
        case UInt32(PB_FRAME_END): isOver = true
        case 0, (UInt32(PB_FRAME_END) + 1)...: return violations.report(.unknownFrame)
        default: break
        }
        let (start, before) = (Moment.now(), hostTime)
        receiver.received(Frame(frame), from: stream)
        // What was spent on frames inside of this one is in it already.
        hostTime = before + (Moment.now().microseconds - start.microseconds)
    }

    /// Something came after the end. Between the host's wish to close and the plugin's `close` that is no fault.
    private func reportLate() {
        if isLeft.load(ordering: .relaxed) {
            violations.report(.afterClose)
        } else if stream != nil {
            violations.report(.afterEnd)
        }
    }

    private func deliver(_ failure: PluginFailure) {
        guard !isOver, let stream, let receiver else {
            // The host's own word, that a newer generation took over, may well come after the end.
            return failure.code == .superseded ? () : reportLate()
        }
        isOver = true
        receiver.failed(failure, from: stream)
    }

    // MARK: Between threads

    private func queue(_ frame: pb_frame) {
        let copy = [UInt8](UnsafeRawBufferPointer(start: frame.data, count: frame.data == nil ? 0 : Int(frame.length)))
        queue(.frame(FrameHeader(frame), copy), bytes: copy.count)
    }

    private func queue(_ arrival: Arrival, bytes: Int) {
        let mustWake = inbox.withLock { inbox -> Bool in
            guard !inbox.isClosed else {
                if isLeft.load(ordering: .relaxed) { violations.report(.afterClose) }
                return false
            }
            if case .frame(let frame, _) = arrival, frame.isAudio, inbox.cancelled.contains(frame.item) { return false }
            let bound = if case .frame(let frame, _) = arrival, frame.isBytes { Self.bytesBound } else { Self.bound }
            if inbox.bytes + bytes > bound {
                let text = "\(plugin) emitted more than \(bound >> 20) MB ahead of its loop"
                inbox.arrivals = [.failure(PluginFailure(.overloaded, isRetryable: true, message: text))]
                hasQueued.store(true, ordering: .relaxed)
                inbox.isClosed = true
                return true
            }
            inbox.arrivals.append(arrival)
            inbox.bytes += bytes
            hasQueued.store(true, ordering: .relaxed)
            return inbox.arrivals.count == 1
        }
        if mustWake { loop.perform { self.drain() } }
    }

    /// Delivers what came from other threads, oldest first; may be entered again from inside a delivery.
    private func drain() {
        inbox.withLock { inbox in
            hasQueued.store(false, ordering: .relaxed)
            backlog.append(contentsOf: inbox.arrivals)
            inbox.arrivals = []
            inbox.bytes = 0
        }
        while delivered < backlog.count {
            let arrival = backlog[delivered]
            delivered += 1
            switch arrival {
            case .failure(let failure): deliver(failure)
            case .frame(let frame, let bytes): bytes.withUnsafeBytes { deliver(frame.frame(over: $0)) }
            }
        }
        backlog.removeAll(keepingCapacity: false)
        delivered = 0
    }
}

/// The functions behind a plugin's `pb_sink`.
enum Sink {
    static func make(_ port: StreamPort, deliversInline: Bool) -> pb_sink {
        pb_sink(
            context: Unmanaged.passUnretained(port).toOpaque(),
            emit: deliversInline ? emitInline : emitQueued,
            fail: deliversInline ? failInline : failQueued
        )
    }

    private static let emitInline: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<pb_frame>?) -> Void = {
        guard let context = $0, let frame = $1 else { return }
        Unmanaged<StreamPort>.fromOpaque(context)._withUnsafeGuaranteedRef {
            $0.emit(frame.pointee, deliversInline: true)
        }
    }

    private static let emitQueued: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<pb_frame>?) -> Void = {
        guard let context = $0, let frame = $1 else { return }
        Unmanaged<StreamPort>.fromOpaque(context)._withUnsafeGuaranteedRef {
            $0.emit(frame.pointee, deliversInline: false)
        }
    }

    private static let failInline: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<pb_error>?) -> Void = {
        guard let context = $0, let error = $1 else { return }
        let failure = PluginFailure(error.pointee)
        Unmanaged<StreamPort>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.fail(failure, deliversInline: true) }
    }

    private static let failQueued: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<pb_error>?) -> Void = {
        guard let context = $0, let error = $1 else { return }
        let failure = PluginFailure(error.pointee)
        Unmanaged<StreamPort>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.fail(failure, deliversInline: false) }
    }
}
