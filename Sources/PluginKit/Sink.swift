public import JSONKit
import PluginAPI
import Synchronization

/// The way back to the host. From any thread, one call at a time per stream. After the end, a failure, or `close`, what
/// is still said goes nowhere.
public struct Sink: @unchecked Sendable {
    // Unchecked: a C struct of pointers that the host says may be used from any thread.
    private let native: pb_sink
    private let state = SinkState()

    init(_ native: pb_sink) { self.native = native }

    /// The host has closed the stream.
    func close() { state.isOver.store(true, ordering: .releasing) }

    public func emit(text: String, item: UInt64, isFinal: Bool = false) {
        var text = text
        text.withUTF8 { emit(UInt32(PB_FRAME_TEXT), UnsafeRawBufferPointer($0), item, flags: isFinal ? 1 : 0) }
    }

    public func emit(json: JSON, item: UInt64) {
        var bytes: [UInt8] = []
        json.write(into: &bytes)
        bytes.withUnsafeBytes { emit(UInt32(PB_FRAME_JSON), $0, item) }
    }

    public func emit(audio: [Int16], item: UInt64) { audio.withUnsafeBytes { emit(UInt32(PB_FRAME_AUDIO), $0, item) } }

    public func emit(vector: [Float], item: UInt64) {
        vector.withUnsafeBytes { emit(UInt32(PB_FRAME_VECTOR), $0, item) }
    }

    public func emit(bytes: [UInt8], item: UInt64) { bytes.withUnsafeBytes { emit(UInt32(PB_FRAME_BYTES), $0, item) } }

    /// The item's output is complete.
    public func done(item: UInt64) { emit(UInt32(PB_FRAME_DONE), UnsafeRawBufferPointer(start: nil, count: 0), item) }

    /// The stream's output is complete.
    public func end() {
        guard !state.isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
        send(UInt32(PB_FRAME_END), UnsafeRawBufferPointer(start: nil, count: 0), 0)
    }

    /// The stream is over before its time.
    public func fail(_ problem: PluginProblem) {
        guard !state.isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var error = pb_error()
        _ = problem.fill(&error)
        native.fail(native.context, &error)
    }

    private func emit(_ type: UInt32, _ data: UnsafeRawBufferPointer, _ item: UInt64, flags: UInt32 = 0) {
        if !state.isOver.load(ordering: .acquiring) { send(type, data, item, flags: flags) }
    }

    private func send(_ type: UInt32, _ data: UnsafeRawBufferPointer, _ item: UInt64, flags: UInt32 = 0) {
        var frame = pb_frame(
            type: type,
            flags: flags,
            item: item,
            time_us: 0,
            data: data.baseAddress,
            length: UInt64(data.count)
        )
        native.emit(native.context, &frame)
    }
}

/// Shared by the copies of one sink.
private final class SinkState: Sendable {
    /// Said to the end: exactly one END or failure leaves a stream, whichever thread is first.
    let isOver = Atomic<Bool>(false)
}
