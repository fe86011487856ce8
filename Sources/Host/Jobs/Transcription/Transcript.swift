import JSONKit
import Media

/// What was understood of a recording so far. It is also the token with which the next try goes on.
struct Transcript {
    /// Samples of each side: another recording begins anew.
    private let length: Int
    /// Pieces that were asked about.
    private(set) var done = 0
    private(set) var words = 0
    private(set) var segments: [JSON] = []

    init(of recording: WAVFile) { length = recording.count }

    /// What an earlier try came to, if it was about the same recording.
    init(of recording: WAVFile, resuming token: JSON) {
        self.init(of: recording)
        guard token["length"]?.int == Int64(length), let done = token["done"]?.int else { return }
        (self.done, segments) = (Int(done), token["segments"]?.array ?? [])
        words = segments.reduce(0) { $0 + Self.words($1["text"]?.string ?? "") }
    }

    var token: JSON {
        ["length": .int(Int64(length)), "done": .int(Int64(done)), "segments": .array(segments)]
    }

    mutating func add(_ piece: SpeechPiece, _ text: String, rate: Int) {
        done += 1
        guard !text.isEmpty else { return }
        words += Self.words(text)
        segments.append([
            "who": .string(piece.side.name), "start_ms": .int(Int64(piece.start * 1000 / rate)),
            "end_ms": .int(Int64(piece.end * 1000 / rate)), "text": .string(text),
        ])
    }

    private static func words(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
}
