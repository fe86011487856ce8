import Core
import Media

/// What waits to be played: the agent's sentences in order, handed to the line in 20 ms frames, a little ahead of real time.
///
/// Memory is the ring's: a byte a sample of what is not yet played, none when idle. Confined to its loop; a frame
/// allocates nothing.
struct Playout: ~Copyable {
    /// A sentence's stretch of the ring.
    private struct Sentence {
        let item: UInt64
        /// Where it begins.
        let start: Int
        /// Where it ends; nil while synthesis is still at it.
        var end: Int?
        var hasBegun = false
    }

    /// What is to be done next.
    enum Output {
        /// Nothing is due.
        case nothing
        /// The frame in the buffer goes to the line.
        case frame
        /// The next frame is the first of this sentence.
        case began(UInt64)
        /// All of this sentence has been sent.
        case ended(UInt64)
    }

    static let frame = 160
    /// How far the line is fed ahead, so that a late timer starves nobody.
    static let lead = Duration.milliseconds(80)
    /// The most audio that waits. The driver asks for one sentence at a time, so only a runaway plugin meets it.
    static let capacity = 120 * 8000

    private var ring = PCMRing(capacity: Playout.capacity)
    private var sentences: [Sentence] = []
    private var position = 0
    /// When everything sent so far will have been played.
    private(set) var playedUntil = Moment(microseconds: 0)
    /// Frames that came later than the line needed them, within a sentence.
    private(set) var lateFrames = 0
    private(set) var droppedSamples = 0
    /// Samples of the sentence being played that were sent.
    private var sent = 0

    /// Whether there is anything to send now or soon.
    var isActive: Bool { !sentences.isEmpty }
    /// Milliseconds that wait to be sent.
    var queued: Int { (ring.written - position) / 8 }

    /// A sentence will follow those that are queued.
    mutating func open(_ item: UInt64) { sentences.append(Sentence(item: item, start: ring.written)) }

    /// Audio of the sentence opened last.
    mutating func append(_ samples: Span<Int16>, item: UInt64) {
        guard let last = sentences.last, last.item == item, last.end == nil else { return }
        guard ring.written - position + samples.count <= Self.capacity else {
            droppedSamples += samples.count
            return
        }
        ring.append(samples)
    }

    /// The sentence opened last is complete; it is filled up to a whole frame.
    mutating func complete(_ item: UInt64) {
        guard let index = sentences.lastIndex(where: { $0.item == item }), sentences[index].end == nil else { return }
        let excess = (ring.written - sentences[index].start) % Self.frame
        if excess > 0 {
            let silence = InlineArray<160, Int16>(repeating: 0)
            ring.append(silence.span.extracting(first: Self.frame - excess))
        }
        sentences[index].end = ring.written
    }

    /// Milliseconds of a sentence that were sent.
    func sent(_ item: UInt64) -> Int { sentences.first?.item == item && sentences[0].hasBegun ? sent / 8 : 0 }

    /// Takes back what was queued of the sentence opened last behind so many milliseconds of it, but nothing that was sent:
    /// another voice goes on from there.
    mutating func cut(_ item: UInt64, at milliseconds: Int) {
        guard let index = sentences.indices.last, sentences[index].item == item else { return }
        sentences[index].end = nil
        ring.truncate(to: max(sentences[index].start + milliseconds * 8, index == 0 ? position : 0))
    }

    /// Says what is due now, one thing at a time, until nothing is. `piece` gets the frame.
    mutating func next(_ now: Moment, into piece: inout MutableSpan<Int16>) -> Output {
        guard let sentence = sentences.first else { return .nothing }
        position = max(position, sentence.start)
        let available = (sentence.end ?? ring.written) - position
        guard available >= Self.frame || sentence.end != nil else { return .nothing }
        if !sentence.hasBegun {
            guard available < Self.frame || playedUntil < now + Self.lead else { return .nothing }
            sentences[0].hasBegun = true
            sent = 0
            return .began(sentence.item)
        }
        if let end = sentence.end, available < Self.frame {
            position = end
            sentences.removeFirst()
            if sentences.isEmpty, ring.written == position { ring.clear() } else { ring.forget(before: position) }
            return .ended(sentence.item)
        }
        guard playedUntil < now + Self.lead else { return .nothing }
        if sent > 0, playedUntil < now { lateFrames += 1 }
        _ = ring.read(from: position, to: position + Self.frame, into: &piece)
        position += Self.frame
        sent += Self.frame
        playedUntil = max(playedUntil, now) + .milliseconds(20)
        return .frame
    }

    /// Drops everything; the line has been cleared.
    mutating func clear() {
        sentences.removeAll()
        ring.clear()
        position = ring.written
        playedUntil = Moment(microseconds: 0)
    }
}
