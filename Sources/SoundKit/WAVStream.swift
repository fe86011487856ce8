/// Reads a WAV file as it comes, in pieces of any size.
///
/// Lenient, as the writers are: chunks stand in any order before the samples, those of odd length are padded, a length
/// that is a lie (0xFFFFFFFF from those who could not know it, or more than ever comes) ends with what is there, and what
/// follows the samples is left alone. No chunk but `fmt ` is kept, so memory is bounded by the piece.
public struct WAVStream: Sendable {
    /// Nil until the `fmt ` chunk has come.
    public private(set) var format: WAVFormat?
    /// Samples that have come, of all channels.
    public private(set) var count = 0

    private enum State {
        /// The twelve bytes at the beginning.
        case riff
        /// The name and the length of a chunk.
        case chunkHead
        /// The content of the format.
        case format(padding: Int)
        case skipping(Int)
        /// Samples; nil: until the end.
        case samples(left: Int?)
        case over
    }

    private var state = State.riff
    /// What `state` needs and has not whole yet.
    private var held: [UInt8] = []
    private var needed = 12
    /// The writer did not know how much it would write.
    private var isEndless = false

    /// A longer format is none.
    private static let longestFormat = 1024

    public init() {}

    /// Takes the next bytes and gives the samples that are whole with them, the channels taking turns.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(WAVProblem) -> [Int16] {
        var samples: [Int16] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .over: return samples
            case .skipping(let count):
                let taken = min(count, rest.count)
                rest = rest.dropFirst(taken)
                state = taken < count ? .skipping(count - taken) : .chunkHead
            case .samples(let left):
                let taken = min(left ?? rest.count, rest.count)
                decode(UnsafeRawBufferPointer(rebasing: rest.prefix(taken)), into: &samples)
                rest = rest.dropFirst(taken)
                if let left { state = taken < left ? .samples(left: left - taken) : .over }
            case .riff, .chunkHead, .format:
                let taken = min(needed - held.count, rest.count)
                held += rest.prefix(taken)
                rest = rest.dropFirst(taken)
                if held.count == needed { try takeHeld() }
            }
        }
        return samples
    }

    /// Nothing more comes.
    /// - Throws: if not even the samples' beginning has been seen.
    public func finish() throws(WAVProblem) {
        if case .riff = state { throw Self.noRIFF }
        guard format != nil else { throw WAVProblem("it has no format") }
        switch state {
        case .samples, .over: return
        default: throw WAVProblem("it has no samples")
        }
    }

    private static let noRIFF = WAVProblem("it does not begin with RIFF and WAVE")

    private mutating func takeHeld() throws(WAVProblem) {
        let bytes = held
        held.removeAll(keepingCapacity: true)
        needed = 8
        switch state {
        case .riff:
            guard bytes.starts(with: "RIFF".utf8), bytes[8...].elementsEqual("WAVE".utf8) else { throw Self.noRIFF }
            isEndless = [0, Int(UInt32.max)].contains(Self.length(bytes, at: 4))
            state = .chunkHead
        case .format(let padding):
            format = try WAVFormat(chunk: bytes)
            state = padding == 0 ? .chunkHead : .skipping(padding)
        default: try begin(name: bytes[..<4], length: Self.length(bytes, at: 4))
        }
    }

    /// A chunk's name and length have come.
    private mutating func begin(name: ArraySlice<UInt8>, length: Int) throws(WAVProblem) {
        // Chunks begin at even offsets.
        let padding = length % 2
        if name.elementsEqual("fmt ".utf8) {
            guard length <= Self.longestFormat else { throw WAVProblem("its format has \(length) bytes") }
            guard length > 0 else { throw WAVProblem("its format is empty") }
            needed = length
            state = .format(padding: padding)
        } else if name.elementsEqual("data".utf8) {
            guard format != nil else { throw WAVProblem("it has no format") }
            let isUnknown = length == UInt32.max || length == 0 && isEndless
            state = isUnknown ? .samples(left: nil) : length == 0 ? .over : .samples(left: length)
        } else if length > 0 {
            state = .skipping(length + padding)
        } else {
            state = .chunkHead
        }
    }

    private mutating func decode(_ bytes: UnsafeRawBufferPointer, into samples: inout [Int16]) {
        guard let coding = format?.coding, !bytes.isEmpty else { return }
        let before = samples.count
        switch coding {
        case .mu, .a:
            samples += [Int16](unsafeUninitializedCapacity: bytes.count) { room, count in
                room.initialize(repeating: 0)
                var room = room.mutableSpan
                G711.decode(bytes.assumingMemoryBound(to: UInt8.self).span, coding == .mu ? .mu : .a, into: &room)
                count = bytes.count
            }
        case .pcm16:
            var rest = bytes[...]
            if let low = held.popLast() {
                samples.append(Int16(bitPattern: UInt16(low) | UInt16(rest.removeFirst()) << 8))
            }
            let whole = UnsafeRawBufferPointer(rebasing: rest.prefix(rest.count & ~1))
            samples += (0..<whole.count / 2).map {
                Int16(littleEndian: whole.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))
            }
            if rest.count % 2 == 1, let last = rest.last { held = [last] }
        }
        count += samples.count - before
    }

    private static func length(_ bytes: [UInt8], at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
}
