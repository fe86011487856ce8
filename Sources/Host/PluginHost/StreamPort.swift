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
    private let inbox = Mutex(Inbox())

    private struct Inbox {
        var arrivals: [Arrival] = []
        var bytes = 0
        var isClosed = false
        var cancelled: Set<UInt64> = []
        /// Every item up to this one was cancelled.
        var cancelledThrough: UInt64 = 0

        func isCancelled(_ item: UInt64) -> Bool { item <= cancelledThrough || cancelled.contains(item) }
    }

    private enum Arrival {
        case frame(FrameHeader, [UInt8])
        case failure(PluginFailure)
    }

    /// What a plugin may emit ahead of its loop: four minutes of audio at 8 kHz. Above it the stream fails.
    private static let bound = 4 << 20

    init(loop: any EventLoop, plugin: String) { (self.loop, self.plugin) = (loop, plugin) }

    /// On the loop, before the plugin is opened.
    func attach(_ stream: Stream, _ receiver: any StreamReceiver) { (self.stream, self.receiver) = (stream, receiver) }

    /// On the loop: nothing is delivered from now on.
    func close() {
        isOver = true
        receiver = nil
        stream = nil
        inbox.withLock {
            $0.isClosed = true
            $0.arrivals = []
        }
    }

    /// From any thread: audio of these items that is queued or still comes is dropped.
    func cancel(_ item: UInt64, through last: UInt64) {
        inbox.withLock { inbox in
            if item == 0 { inbox.cancelledThrough = last } else { inbox.cancelled.insert(item) }
            inbox.arrivals = inbox.arrivals.filter { arrival in
                guard case .frame(let frame, _) = arrival, frame.isAudio else { return true }
                return !inbox.isCancelled(frame.item)
            }
        }
    }

    // MARK: From the plugin, any thread

    @inline(__always)
    func emit(_ frame: pb_frame, deliversInline: Bool) {
        if deliversInline, loop.isCurrent { deliver(frame) } else { queue(frame) }
    }

    func fail(_ failure: PluginFailure, deliversInline: Bool) {
        if deliversInline, loop.isCurrent { deliver(failure) } else { queue(.failure(failure), bytes: 0) }
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
        guard !isOver, let stream, let receiver else { return }
        if frame.type == UInt32(PB_FRAME_END) { isOver = true }
        receiver.received(Frame(frame), from: stream)
    }

    private func deliver(_ failure: PluginFailure) {
        guard !isOver, let stream, let receiver else { return }
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
            guard !inbox.isClosed else { return false }
            if case .frame(let frame, _) = arrival, frame.isAudio {
                if inbox.isCancelled(frame.item) { return false }
            }
            if inbox.bytes + bytes > Self.bound {
                let text = "\(plugin) emitted more than \(Self.bound >> 20) MB ahead of its loop"
                inbox.arrivals = [.failure(PluginFailure(.overloaded, isRetryable: true, message: text))]
                inbox.isClosed = true
                return true
            }
            inbox.arrivals.append(arrival)
            inbox.bytes += bytes
            return inbox.arrivals.count == 1
        }
        if mustWake { loop.perform { self.drain() } }
    }

    private func drain() {
        let arrivals = inbox.withLock { inbox in
            inbox.bytes = 0
            defer { inbox.arrivals = [] }
            return inbox.arrivals
        }
        for arrival in arrivals {
            switch arrival {
            case .failure(let failure): deliver(failure)
            case .frame(let frame, let bytes): bytes.withUnsafeBytes { deliver(frame.frame(over: $0)) }
            }
        }
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
