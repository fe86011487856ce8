import Synchronization

/// A call's recording, as its loop sees it: caller left, agent right, both at their positions on the call's clock, silence
/// where nothing came. Neither call blocks or allocates; the `Recorder`'s thread writes the file.
///
/// Confined to one loop. Let go without `finish`, it is finished with what it has.
public final class Recording {
    private let buffer: RecordingBuffer
    private let recorder: Recorder
    private var head = 0
    private var finished = false

    init(_ buffer: RecordingBuffer, _ recorder: Recorder) {
        self.buffer = buffer
        self.recorder = recorder
    }

    deinit { finish() }

    /// What the caller says. `position`: samples since the call's clock began.
    public func caller(_ samples: Span<Int16>, at position: Int) { place(samples, side: 0, at: position) }

    /// What is played to the caller.
    public func agent(_ samples: Span<Int16>, at position: Int) { place(samples, side: 1, at: position) }

    /// Ends the recording. `done` runs on the recorder's thread once the file is complete and durable.
    public func finish(_ done: (@Sendable (RecordingSummary) -> Void)? = nil) {
        guard !finished else { return }
        finished = true
        buffer.completion.withLock { $0 = done }
        buffer.end(at: head)
        recorder.signal()
    }

    private func place(_ samples: Span<Int16>, side: Int, at position: Int) {
        guard !finished, position >= 0 else { return }
        head = max(head, position + samples.count)
        buffer.place(samples, side: side, at: position)
    }
}
