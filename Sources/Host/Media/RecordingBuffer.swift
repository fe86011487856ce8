import Synchronization

/// The window of a recording between the loop that fills it and the thread that writes it: a ring of stereo frames by
/// position. One producer, one consumer, no lock.
///
///     0 ..... taken ............ published ............ taken + capacity
///             | the writer's      | the loop's: both sides may still write here
///
/// A slot is zero until written, and zeroed again when taken: what nobody writes is silence.
final class RecordingBuffer: Sendable {
    /// Stereo frames held: 2 s at 8 kHz, 64 KB. A power of two.
    static let capacity = 16_384
    /// How far one side may lag behind the other, in frames: 500 ms at 8 kHz. The rest is how long the disk may stall.
    static let lag = 4000

    let path: String
    let sampleRate: Int
    /// Told once the file is complete.
    let completion = Mutex<(@Sendable (RecordingSummary) -> Void)?>(nil)
    /// Frames before this are in the file. Written by the writer only.
    private let taken = Atomic<Int>(0)
    /// Frames before this are complete. Written by the loop only.
    private let published = Atomic<Int>(0)
    private let ended = Atomic<Bool>(false)
    private let droppedSamples = Atomic<Int>(0)
    /// Who may touch which slot is settled by `taken` and `published`, see above.
    nonisolated(unsafe) private let slots: UnsafeMutablePointer<Int16>

    init(path: String, sampleRate: Int) {
        self.path = path
        self.sampleRate = sampleRate
        slots = .allocate(capacity: Self.capacity * 2)
        slots.initialize(repeating: 0, count: Self.capacity * 2)
    }

    deinit { slots.deallocate() }

    var dropped: Int { droppedSamples.load(ordering: .relaxed) }

    /// Whether no more will come. Ask before `take`, not after.
    var isEnded: Bool { ended.load(ordering: .acquiring) }

    // MARK: On the loop

    /// Puts samples of one side (0 left, 1 right) at a position; what is too late or too far ahead is dropped and counted.
    func place(_ samples: Span<Int16>, side: Int, at position: Int) {
        let done = published.load(ordering: .relaxed)
        let start = max(position, done)
        let end = min(position + samples.count, taken.load(ordering: .acquiring) + Self.capacity)
        let kept = max(0, end - start)
        if kept < samples.count { droppedSamples.wrappingAdd(samples.count - kept, ordering: .relaxed) }
        samples.withUnsafeBufferPointer { samples in
            for index in 0..<kept {
                slots[((start + index) & (Self.capacity - 1)) * 2 + side] = samples[start - position + index]
            }
        }
        let complete = position + samples.count - Self.lag
        if complete > done { published.store(complete, ordering: .releasing) }
    }

    /// No more will come; the recording ends at `position`.
    func end(at position: Int) {
        published.store(max(position, published.load(ordering: .relaxed)), ordering: .releasing)
        ended.store(true, ordering: .releasing)
    }

    // MARK: On the writer

    /// Passes what is complete to `body`, in pieces, oldest first, and frees its slots after each piece.
    func take<Failure: Error>(_ body: (Span<Int16>) throws(Failure) -> Void) throws(Failure) {
        while true {
            let start = taken.load(ordering: .relaxed)
            let index = start & (Self.capacity - 1)
            let count = min(published.load(ordering: .acquiring) - start, Self.capacity - index)
            guard count > 0 else { return }
            let piece = UnsafeMutableBufferPointer(start: slots + index * 2, count: count * 2)
            let span = UnsafeBufferPointer(piece).span
            try body(span)
            piece.update(repeating: 0)
            taken.store(start + count, ordering: .releasing)
        }
    }
}
