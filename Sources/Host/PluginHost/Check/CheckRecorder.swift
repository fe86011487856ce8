import Core
import Glibc
import JSONKit
import PluginAPI
import Synchronization

/// The host's end of a stream under examination: notes what comes and which rule it breaks. Any thread.
///
/// Unchecked: the sink's context is this object; the stage keeps every one until the process ends.
final class CheckRecorder: @unchecked Sendable {
    struct Heard {
        let type: Int
        let item: UInt64
        let length: Int
        let isFinal: Bool
    }

    struct State {
        var heard: [Heard] = []
        var failure: PluginFailure?
        /// END or a failure came.
        var isOver = false
        var isClosed = false
        var cancelled: Set<UInt64> = []
        /// Every item up to this one was cancelled.
        var cancelledThrough: UInt64 = 0
        var lastItem: UInt64 = 0
        /// Rules that were broken, in words; only the first matter.
        var faults: [String] = []

        func has(_ type: Int, _ item: UInt64) -> Bool { count(type, item) > 0 }
        func count(_ type: Int, _ item: UInt64) -> Int { heard.count { $0.type == type && $0.item == item } }
    }

    private let script: CheckScript
    /// Items are pushed again after they were done, so they may be closed again.
    private let allowsRepeats: Bool
    private let state = Mutex(State())
    private let callers = Atomic<Int>(0)
    private static let names = [
        1: "AUDIO", 2: "TEXT", 3: "JSON", 4: "VECTOR", 5: "BYTES", 6: "DONE", 7: "END",
    ]

    init(_ script: CheckScript, allowsRepeats: Bool) { (self.script, self.allowsRepeats) = (script, allowsRepeats) }

    var now: State { state.withLock { $0 } }
    func pushed(_ item: UInt64) { state.withLock { $0.lastItem = max($0.lastItem, item) } }
    func closed() { state.withLock { $0.isClosed = true } }

    /// 0: all that were pushed so far.
    func cancelled(_ item: UInt64) {
        state.withLock { state in
            if item == 0 { state.cancelledThrough = state.lastItem } else { state.cancelled.insert(item) }
        }
    }

    var sink: pb_sink {
        pb_sink(
            context: Unmanaged.passUnretained(self).toOpaque(),
            emit: { context, frame in
                guard let context, let frame else { return }
                Unmanaged<CheckRecorder>.fromOpaque(context).takeUnretainedValue().emit(frame.pointee)
            },
            fail: { context, error in
                guard let context, let error else { return }
                Unmanaged<CheckRecorder>.fromOpaque(context).takeUnretainedValue().fail(error.pointee)
            }
        )
    }

    private func emit(_ frame: pb_frame) {
        let alone = callers.add(1, ordering: .sequentiallyConsistent).oldValue == 0
        defer { callers.subtract(1, ordering: .sequentiallyConsistent) }
        let bytes = UnsafeRawBufferPointer(start: frame.data, count: frame.data == nil ? 0 : Int(frame.length))
        let type = Int(frame.type)
        let name = Self.names[type] ?? "a frame of type \(type)"
        let malformed = Self.fault(of: type, bytes)
        state.withLock { state in
            if !alone { state.faults.append("calls the sink of one stream from two threads at once") }
            if state.isClosed { state.faults.append("emits \(name) after close has returned") }
            if state.isOver { state.faults.append("emits \(name) after the stream's end") }
            if let malformed { state.faults.append("emits \(name) \(malformed)") }
            if type == Int(PB_FRAME_AUDIO), !allowsRepeats,
                state.cancelled.contains(frame.item) || frame.item <= state.cancelledThrough
            {
                state.faults.append("emits AUDIO of item \(frame.item) after its cancel has returned")
            }
            if type < Int(PB_FRAME_DONE), !script.answers.contains(type) {
                state.faults.append("emits \(name), which \(script.interface) does not have")
            }
            if type == Int(PB_FRAME_DONE), !allowsRepeats {
                if state.has(type, frame.item) { state.faults.append("closes item \(frame.item) twice") }
                if frame.item > state.lastItem {
                    state.faults.append("closes item \(frame.item), which was never pushed")
                }
            }
            if type == Int(PB_FRAME_END) { state.isOver = true }
            state.heard.append(
                Heard(
                    type: type,
                    item: frame.item,
                    length: bytes.count,
                    isFinal: frame.flags & UInt32(PB_FLAG_FINAL) != 0
                )
            )
        }
    }

    private func fail(_ error: pb_error) {
        state.withLock { state in
            if state.isClosed { state.faults.append("fails after close has returned") }
            if state.isOver { state.faults.append("fails after the stream's end") }
            state.isOver = true
            state.failure = PluginFailure(error)
        }
    }

    private static func fault(of type: Int, _ bytes: UnsafeRawBufferPointer) -> String? {
        switch type {
        case Int(PB_FRAME_AUDIO):
            if bytes.count % 2 != 0 { return "of \(bytes.count) bytes, which is half a sample" }
            return Int(bitPattern: bytes.baseAddress) % 2 == 0 ? nil : "at an odd address"
        case Int(PB_FRAME_TEXT): return String(validating: bytes, as: UTF8.self) == nil ? "that is no UTF-8" : nil
        case Int(PB_FRAME_JSON):
            do throws(JSONError) {
                _ = try JSON(parsing: bytes)
                return nil
            } catch { return "that is none: \(error)" }
        case Int(PB_FRAME_VECTOR): return bytes.count % 4 == 0 ? nil : "of \(bytes.count) bytes"
        case Int(PB_FRAME_BYTES), Int(PB_FRAME_DONE), Int(PB_FRAME_END): return nil
        default: return "that no contract has"
        }
    }
}
