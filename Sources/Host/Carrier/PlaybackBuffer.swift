/// What the carrier has been sent and has not played yet: audio and marks in their order.
///
/// A mark is echoed when everything before it has been played. `clear` drops the audio and echoes all marks at once.
struct PlaybackBuffer {
    private enum Entry {
        case audio([UInt8])
        case mark(String)
    }

    private var entries: [Entry] = []
    private var played = 0
    /// Bytes of mu-law that wait.
    private(set) var count = 0

    mutating func append(_ audio: [UInt8]) {
        entries.append(.audio(audio))
        count += audio.count
    }

    mutating func append(mark: String) { entries.append(.mark(mark)) }

    /// The next bytes to play, at most `wanted`, and the marks that were reached.
    mutating func play(_ wanted: Int) -> (audio: [UInt8], marks: [String]) {
        var audio: [UInt8] = []
        var marks: [String] = []
        while let first = entries.first {
            switch first {
            case .mark(let name):
                marks.append(name)
                entries.removeFirst()
            case .audio(let bytes):
                guard audio.count < wanted else { return (audio, marks) }
                let piece = bytes[played..<min(bytes.count, played + wanted - audio.count)]
                audio += piece
                played += piece.count
                count -= piece.count
                if played == bytes.count {
                    entries.removeFirst()
                    played = 0
                }
            }
        }
        return (audio, marks)
    }

    /// Drops the audio; the marks that were waiting.
    mutating func clear() -> [String] {
        defer {
            entries = []
            played = 0
            count = 0
        }
        return entries.compactMap { if case .mark(let name) = $0 { name } else { nil } }
    }
}
