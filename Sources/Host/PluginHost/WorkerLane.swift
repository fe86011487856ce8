import Core
import PluginAPI
import Synchronization

/// One stream of a plugin that blocks: its calls, one at a time and in order, on the threads of the pool.
///
/// At its bound (ten seconds of audio, 256 MB of anything else) a push is refused and the stream's owner fails it. Unchecked: what changes is
/// behind the lock, or touched by the one worker that runs the lane.
final class WorkerLane: @unchecked Sendable {
    private enum Step {
        case open(String)
        case push(FrameHeader, [UInt8])
        case close
    }

    private struct Queue {
        var steps: [Step] = []
        var bytes = 0
        var isScheduled = false
        /// The stream, once opened; cancelling reaches it from every thread.
        var address: UInt = 0
        var isClosed = false
    }

    private let table: UnsafePointer<pb_stream_table>
    private let port: StreamPort
    private let instance: Instance
    private let queue = Mutex(Queue())
    private static let audioBound = 160_000
    /// A recording on its way to a store: two hours.
    private static let bound = 256 << 20
    private static let stepsBound = 20_000

    init(table: UnsafePointer<pb_stream_table>, port: StreamPort, instance: Instance) {
        (self.table, self.port, self.instance) = (table, port, instance)
    }

    func open(_ options: String) { add(.open(options), bytes: 0) }

    func close() {
        queue.withLock {
            $0.isClosed = true
            // What is not begun is not worth doing any more.
            $0.steps.removeAll { if case .push = $0 { true } else { false } }
            $0.bytes = 0
            // Nor is what is under way: a worker must not be held by what nobody waits for.
            if let native = UnsafeMutableRawPointer(bitPattern: $0.address) { table.pointee.cancel(native, 0) }
        }
        add(.close, bytes: 0)
    }

    /// False at the bound.
    func push(_ frame: pb_frame) -> Bool {
        let length = frame.data == nil ? 0 : Int(frame.length)
        let content = [UInt8](UnsafeRawBufferPointer(start: frame.data, count: length))
        let frame = FrameHeader(frame)
        let isAudio = frame.isAudio
        let outcome = queue.withLock { queue -> (accepted: Bool, schedule: Bool) in
            let bound = isAudio ? Self.audioBound : Self.bound
            if queue.bytes + length > bound || queue.steps.count >= Self.stepsBound { return (false, false) }
            queue.bytes += length
            // Audio that waits is joined: one call a batch instead of one a frame.
            if isAudio, case .push(let last, var bytes)? = queue.steps.last, last.type == frame.type,
                last.item == frame.item
            {
                queue.steps.removeLast()
                bytes.append(contentsOf: content)
                queue.steps.append(.push(last, bytes))
            } else {
                queue.steps.append(.push(frame, content))
            }
            defer { queue.isScheduled = true }
            return (true, !queue.isScheduled)
        }
        if outcome.schedule { WorkerPool.shared.run { self.work() } }
        return outcome.accepted
    }

    /// From any thread.
    func cancel(_ item: UInt64) {
        queue.withLock { queue in
            queue.steps.removeAll {
                guard case .push(let frame, let bytes) = $0, item == 0 || frame.item == item else { return false }
                queue.bytes -= bytes.count
                return true
            }
            // Under the lock, so that the stream cannot be closed meanwhile; cancel returns at once by contract.
            if let native = UnsafeMutableRawPointer(bitPattern: queue.address) { table.pointee.cancel(native, item) }
        }
    }

    private func add(_ step: Step, bytes: Int) {
        let mustSchedule = queue.withLock { queue -> Bool in
            queue.steps.append(step)
            defer { queue.isScheduled = true }
            return !queue.isScheduled
        }
        if mustSchedule { WorkerPool.shared.run { self.work() } }
    }

    /// Runs what is queued; on a worker.
    private func work() {
        while true {
            let step = queue.withLock { queue -> Step? in
                guard !queue.steps.isEmpty else {
                    queue.isScheduled = false
                    return nil
                }
                let step = queue.steps.removeFirst()
                if case .push(_, let bytes) = step { queue.bytes -= bytes.count }
                return step
            }
            switch step {
            case nil: return
            case .open(let options): open(with: options)
            case .push(let frame, let bytes): push(frame, bytes)
            case .close: finish()
            }
        }
    }

    private func open(with options: String) {
        var sink = Sink.make(port, deliversInline: false)
        var error = pb_error()
        var native: UnsafeMutableRawPointer?
        var text = options
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                let options = pb_text(bytes: characters.baseAddress, length: UInt64(characters.count))
                return table.pointee.open(instance.pointer, options, &sink, &native, &error)
            }
        }
        guard code == Int32(PB_OK), let native else {
            port.fail(PluginFailure(error), deliversInline: false)
            return
        }
        let address = UInt(bitPattern: native)
        queue.withLock { $0.address = address }
    }

    private func push(_ frame: FrameHeader, _ bytes: [UInt8]) {
        guard let native = UnsafeMutableRawPointer(bitPattern: queue.withLock { $0.address }) else { return }
        let code = bytes.withUnsafeBytes { content in
            var frame = frame.frame(over: content)
            return table.pointee.push(native, &frame)
        }
        guard code != Int32(PB_OK) else { return }
        let reason = PluginFailure.Code(rawValue: code) ?? .fault
        let isRetryable = reason == .unavailable || reason == .timeout
        let text = "\(instance.name) did not take a frame (\(reason))"
        port.fail(PluginFailure(reason, isRetryable: isRetryable, message: text), deliversInline: false)
    }

    private func finish() {
        let address = queue.withLock { queue in
            defer { queue.address = 0 }
            return queue.address
        }
        if let native = UnsafeMutableRawPointer(bitPattern: address) { table.pointee.close(native) }
        port.leave()
        instance.unregister(port)
    }
}
