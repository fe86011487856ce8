import Core
import JSONKit
import PluginHost

/// What a frame is worth as an answer of its kind; see `patchbay/kinds.h`.
enum Expectation {
    /// A piece of the answer.
    case piece
    /// Welcome, but no answer.
    case aside
    /// Nothing that this kind may say: the provider is out of its mind.
    case garbage

    static func judge(_ frame: borrowing Frame, _ kind: Kind) -> Expectation {
        switch (kind, frame.kind) {
        case (.asr, .text), (.llm, .text), (.tts, .audio), (.embedder, .vector): .piece
        case (.asr, .json), (.tts, .json): .aside
        case (.intent, .json): (try? frame.json())?["labels"]?.array != nil ? .piece : .garbage
        case (.llm, .json): judgeModel(try? frame.json())
        case (.crm, .json), (.blobs, .json), (.blobs, .bytes), (.events, .json), (.warehouse, .json): .piece
        // A frame of item 0 is about the stream; a type of tomorrow is ignored.
        case (_, nil), (.telephony, _): .aside
        default: .garbage
        }
    }

    private static func judgeModel(_ json: JSON?) -> Expectation {
        guard let json, json.object != nil else { return .garbage }
        return json["tool_calls"]?.array != nil ? .piece : .aside
    }
}
