import ProviderKit
import SoundKit

/// The request of one utterance, which grows while the caller speaks: nothing is left to do at its end.
struct Utterance {
    /// Of audio in one request; Google takes a minute.
    static let longestSeconds = 60
    /// Of audio, before it becomes text; a minute at 48 kHz is less.
    static let mostBytes = 10 << 20

    private(set) var samples = 0
    /// Audio had to be left out.
    private(set) var isFull = false
    /// Samples that the last recognition in between had.
    var recognised = 0
    /// One in between is under way.
    var isProbing = false

    private var body: [UInt8]
    private var encoder = Base64Encoder()
    private let sampleRate: Int
    private let coding: Settings.Coding

    init(_ request: RecognitionRequest, _ coding: Settings.Coding) {
        (body, sampleRate, self.coding) = (request.opening, request.sampleRate, coding)
    }

    /// Takes what fits.
    mutating func append(_ audio: UnsafeBufferPointer<Int16>) {
        let bytes = coding == .mu ? 1 : 2
        let room = min(Self.longestSeconds * sampleRate, Self.mostBytes / bytes) - samples
        if audio.count > room { isFull = true }
        let taken = UnsafeBufferPointer(rebasing: audio.prefix(max(0, room)))
        samples += taken.count
        switch coding {
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

    /// The request for all; the utterance is of no further use.
    mutating func takeRequest() -> [UInt8] {
        encoder.finish(to: &body)
        body += RecognitionRequest.ending
        defer { body = [] }
        return body
    }
}
