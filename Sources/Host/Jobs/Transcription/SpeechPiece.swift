import Media

/// A stretch of one side of a recording in which somebody speaks, short enough for one question to recognition.
struct SpeechPiece: Equatable {
    enum Side: Int, CaseIterable {
        case caller, agent

        var name: String { self == .caller ? "caller" : "agent" }
    }

    let side: Side
    /// Samples of the recording.
    let start: Int
    let end: Int

    /// No piece is longer, in seconds: plugins that block take ten seconds of audio at once.
    static let longest = 9

    /// The pieces of a recording, in the order in which they begin. The same recording always gives the same ones, so that a
    /// number tells where to go on.
    static func all(in recording: WAVFile) -> [SpeechPiece] {
        var pieces: [SpeechPiece] = []
        for side in Side.allCases where side.rawValue < recording.channels {
            pieces += Self.pieces(of: recording, side)
        }
        return pieces.sorted { ($0.start, $0.side.rawValue) < ($1.start, $1.side.rawValue) }
    }

    private static func pieces(of recording: WAVFile, _ side: Side) -> [SpeechPiece] {
        let (rate, count) = (recording.sampleRate, recording.count)
        let frame = max(1, rate / 50)
        var activity = VoiceActivity()
        var endpointer = Endpointer(.init(minSpeech: 60, silence: 400, lookBack: 200, longest: longest * 1000 - 500))
        var pieces: [SpeechPiece] = []
        var begin: Int?
        func samples(_ milliseconds: Int) -> Int { min(count, max(0, milliseconds * rate / 1000)) }
        func close(_ end: Int) {
            if let start = begin, end > start { pieces.append(SpeechPiece(side: side, start: start, end: end)) }
            begin = nil
        }
        // A last second of silence ends what is still being said.
        for index in 0..<(count / frame + 50) {
            let position = index * 20
            let isSpeech = activity.isSpeech(recording.side(side, from: index * frame, count: frame).span)
            for event in endpointer.hear(isSpeech, at: position) {
                switch event {
                case .speechConfirmed(let at): begin = samples(at)
                case .speechEnded(let at): close(samples(at + 200))
                default: break
                }
            }
        }
        close(count)
        return pieces
    }
}

extension WAVFile {
    /// Samples of one side; silence behind the end.
    func side(_ side: SpeechPiece.Side, from start: Int, count wanted: Int) -> [Int16] {
        (start..<start + wanted).map { $0 < count ? samples[$0 * channels + side.rawValue] : 0 }
    }
}
