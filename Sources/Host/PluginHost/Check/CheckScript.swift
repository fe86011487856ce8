import JSONKit
import PluginAPI

/// What a validator says to a plugin of a kind, and what it may answer.
struct CheckScript {
    enum Piece {
        case audio([Int16])
        case text(String)
        case json(JSON)
        case bytes([UInt8])
        case done
        case end
    }

    /// What tells that the answer is complete.
    enum Ending {
        /// A DONE for each item.
        case done
        /// Nothing: answers come as it pleases.
        case open
    }

    let interface: String
    let options: JSON
    /// One item's input, for a given item.
    let input: @Sendable (_ item: UInt64) -> [Piece]
    /// Frame types that belong into the answer.
    let answers: Set<Int>
    let ending: Ending

    /// Nil for a kind whose streams act on the world, or that has no contract yet.
    init?(kind: String, schema: JSON) {
        let rate = schema["x-audio"]?["sample_rate"]?.int ?? 8000
        let (text, json, audio) = (Int(PB_FRAME_TEXT), Int(PB_FRAME_JSON), Int(PB_FRAME_AUDIO))
        switch kind {
        case "asr":
            self.init(PB_ASR, ["sample_rate": .int(rate), "language": "en-US"], answers: [text]) { _ in
                Self.murmur(rate: Int(rate)) + [.done]
            }
        case "intent":
            let labels: JSON = [
                ["name": "book", "examples": ["I want to book a repair", "can I bring my bicycle in"]],
                ["name": "hours", "examples": ["when are you open", "what are your opening hours"]],
            ]
            self.init(PB_INTENT, ["language": "en-US", "labels": labels], answers: [json]) { _ in
                [.text("I would like to book a repair")]
            }
        case "llm":
            let messages: JSON = [
                ["role": "system", "content": "You answer the telephone."],
                ["role": "user", "content": "When are you open?"],
            ]
            self.init(PB_LLM, ["language": "en-US"], answers: [text, json]) { _ in
                [.json(["messages": messages, "context": ["stage": "intro", "passages": [], "slots": [:]]])]
            }
        case "tts":
            self.init(PB_TTS, ["sample_rate": 8000, "language": "en-US"], answers: [audio, json]) { _ in
                [.text("One moment, please."), .done]
            }
        case "embedder":
            self.init(PB_EMBEDDER, [:], answers: [Int(PB_FRAME_VECTOR)]) { item in
                [.text("The workshop is open from nine to six, item \(item)."), .done]
            }
        case "telephony":
            self.init(
                PB_TELEPHONY_MEDIA,
                ["url": "wss://localhost/media", "headers": [:]],
                answers: [audio, json, Int(PB_FRAME_BYTES)],
                ending: .open
            ) { _ in [.bytes(Array(#"{"event":"stop"}"#.utf8)), .end] }
        default: return nil
        }
    }

    private init(
        _ interface: String,
        _ options: JSON,
        answers: Set<Int>,
        ending: Ending = .done,
        _ input: @escaping @Sendable (UInt64) -> [Piece]
    ) {
        (self.interface, self.options, self.input) = (interface, options, input)
        (self.answers, self.ending) = (answers, ending)
    }

    /// Half a second that is no silence, and as much that is, in frames of 20 ms.
    private static func murmur(rate: Int) -> [Piece] {
        let frame = rate / 50
        return (0..<50).map { number in
            .audio((0..<frame).map { number < 25 ? Int16(($0 % 40 - 20) * 300) : 0 })
        }
    }
}
