import ProviderKit
import SoundKit

/// The request for up to a minute of an utterance, which grows while the caller speaks: nothing is left to do at its end.
struct Stretch {
    /// Google takes a minute in one request.
    static let longestSeconds = 60
    /// From here on the next pause is a good place to begin another.
    static let enoughSeconds = 50
    /// Of audio, before it becomes text.
    static let mostBytes = 10 << 20

    private(set) var samples = 0
    /// Samples that the last recognition in between had.
    var recognised = 0
    /// One in between is under way.
    var isProbing = false

    private var body: [UInt8]
    private var encoder = Base64Encoder()
    private let sampleRate: Int
    private let coding: Settings.Coding
    /// The largest sample of all, and of the last frame.
    private var peak = 0
    private var lastPeak = 0
    private var lastCount = 0

    init(_ request: RecognitionRequest, _ coding: Settings.Coding) {
        (body, sampleRate, self.coding) = (request.opening, request.sampleRate, coding)
    }

    /// Whether what comes next belongs into another request: at a pause near the end, or where there is no room.
    var isComplete: Bool {
        let isPause = lastPeak * 10 < peak
        return isPause && samples >= Self.enoughSeconds * sampleRate || samples + lastCount > most
    }

    private var most: Int { min(Self.longestSeconds * sampleRate, Self.mostBytes / (coding == .mu ? 1 : 2)) }

    /// Takes a frame; what there is no room for is left out.
    mutating func append(_ audio: UnsafeBufferPointer<Int16>) {
        let taken = UnsafeBufferPointer(rebasing: audio.prefix(max(0, most - samples)))
        samples += taken.count
        lastCount = audio.count
        lastPeak = taken.reduce(0) { max($0, abs(Int($1))) }
        peak = max(peak, lastPeak)
        switch coding {
        // The host's byte order is the little end first, as Google wants it.
        case .linear: encoder.append(UnsafeRawBufferPointer(taken), to: &body)
        case .mu:
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: taken.count) { codes in
                codes.initialize(repeating: 0)
                var room = codes.mutableSpan
                G711.encode(taken.span, .mu, into: &room)
                encoder.append(UnsafeRawBufferPointer(codes), to: &body)
            }
        }
    }

    /// The request for what has come so far.
    func request() -> [UInt8] {
        var copy = self
        return copy.takeRequest()
    }

    /// The request for all; the stretch is of no further use.
    mutating func takeRequest() -> [UInt8] {
        encoder.finish(to: &body)
        body += RecognitionRequest.ending
        defer { body = [] }
        return body
    }
}
