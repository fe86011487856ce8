import SoundKit

/// The last stretch of one direction of a call, by position: look-back for barge-in, replay for recognition, the queue of
/// playout. Positions count samples from the first one ever appended.
///
/// Samples are kept as mu-law, a byte each: exact for what a telephone line carries, since that was mu-law before. Memory
/// is taken as the ring fills, in doubling steps up to `capacity` bytes, and given back by `forget(before:)`; an unused
/// ring has none. Full, it overwrites its oldest samples. Not thread-safe: confine it to a loop.
public struct PCMRing: ~Copyable {
    /// The most samples held; one byte each.
    public let capacity: Int
    /// How many samples were ever appended: the position of the next one.
    public private(set) var written = 0
    /// The position of the oldest sample still held; `written` if there is none.
    public private(set) var oldest = 0

    private var codes: UnsafeMutablePointer<UInt8>?
    private var allocated = 0
    private static var smallest: Int { 2048 }

    /// - Parameter capacity: in samples, at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a ring needs room for a sample")
        self.capacity = capacity
    }

    deinit { codes?.deallocate() }

    /// How many samples are held.
    public var count: Int { written - oldest }

    /// Bytes taken now.
    public var footprint: Int { allocated }

    /// Adds samples after the newest. Allocates only when the ring grows.
    public mutating func append(_ samples: Span<Int16>) {
        let kept = min(samples.count, capacity)
        if count + kept > allocated && allocated < capacity {
            resize(to: min(capacity, max(allocated * 2, count + kept, Self.smallest)))
        }
        guard let codes, kept > 0 else { return }
        var position = written + samples.count - kept
        var rest = samples.extracting(last: kept)
        while !rest.isEmpty {
            let index = position % allocated
            let piece = rest.extracting(first: min(rest.count, allocated - index))
            var room = UnsafeMutableBufferPointer(start: codes + index, count: piece.count).mutableSpan
            G711.encode(piece, into: &room)
            position += piece.count
            rest = rest.extracting(droppingFirst: piece.count)
        }
        written = position
        oldest = max(oldest, written - allocated)
    }

    /// Passes the samples from `position` on, oldest first, in pieces of at most 320. What is no longer held is left out.
    public func read(from position: Int, to end: Int = .max, _ body: (Span<Int16>) -> Void) {
        var position = max(position, oldest)
        var piece = InlineArray<320, Int16>(repeating: 0)
        while position < min(end, written) {
            var samples = piece.mutableSpan
            let count = read(from: position, to: end, into: &samples)
            body(piece.span.extracting(first: count))
            position += count
        }
    }

    /// Fills the beginning of `samples` from `position` on and returns how many there were. A position that is no longer
    /// held yields 0.
    public func read(from position: Int, to end: Int = .max, into samples: inout MutableSpan<Int16>) -> Int {
        guard let codes, position >= oldest else { return 0 }
        let count = min(min(end, written) - position, samples.count)
        guard count > 0 else { return 0 }
        let index = position % allocated
        let first = min(count, allocated - index)
        G711.decode(UnsafeBufferPointer(start: codes + index, count: first).span, into: &samples)
        guard first < count else { return count }
        samples.withUnsafeMutableBufferPointer { samples in
            var tail = samples.extracting(first..<count).mutableSpan
            G711.decode(UnsafeBufferPointer(start: codes, count: count - first).span, into: &tail)
        }
        return count
    }

    /// The samples of a range of positions, as far as they are held. Allocates; not for every frame.
    public func copy(from start: Int, to end: Int = .max) -> [Int16] {
        let start = max(start, oldest)
        let count = min(end, written) - start
        guard count > 0 else { return [] }
        return [Int16](unsafeUninitializedCapacity: count) { buffer, filled in
            buffer.initialize(repeating: 0)
            var samples = buffer.mutableSpan
            filled = read(from: start, to: end, into: &samples)
        }
    }

    /// Drops what lies before a position and gives memory back once three quarters of it are unused.
    public mutating func forget(before position: Int) {
        oldest = max(oldest, min(position, written))
        let needed = max(Self.smallest, count * 2)
        if allocated > Self.smallest && count * 4 <= allocated && needed < allocated { resize(to: needed) }
    }

    /// Takes back what was appended from a position on; what is appended next stands there.
    public mutating func truncate(to position: Int) { written = min(written, max(position, oldest)) }

    /// Drops everything and all memory; positions go on.
    public mutating func clear() {
        oldest = written
        codes?.deallocate()
        codes = nil
        allocated = 0
    }

    private mutating func resize(to size: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        if let codes {
            for position in oldest..<written { larger[position % size] = codes[position % allocated] }
            codes.deallocate()
        }
        codes = larger
        allocated = size
    }
}
