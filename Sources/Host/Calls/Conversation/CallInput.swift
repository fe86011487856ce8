import Core
import JSONKit

/// What happened to a call. Items are numbered by the machine; an answer to an item it has given up is ignored.
enum CallInput {
    /// The line is ready for audio.
    case connected
    /// The caller's utterance begins, or ends. `position` is how far the caller's audio has come, in milliseconds.
    case turn(TurnMachine.Action, position: Int)
    case transcript(item: UInt64, text: String, isFinal: Bool)
    case recognitionFailed
    /// Labels, best first; nil: nobody could tell.
    case labels(item: UInt64, [Label]?)
    /// Passages, best first; nil: the search failed.
    case passages(item: UInt64, [Passage]?)
    case replyPiece(item: UInt64, String)
    case toolCalls(item: UInt64, JSON)
    case replyDone(item: UInt64)
    case toolResult(item: UInt64, ToolOutcome)
    /// The line has been given to another number.
    case transferred
    case transferFailed(reason: String)
    /// The document of the agent that goes on; nil: there is none of that name.
    case handedOver(AgentDocument?)
    /// The reply begins again at another provider.
    case replyRestarted(item: UInt64)
    case replyFailed(item: UInt64)
    /// The first audio of a sentence came from synthesis.
    case synthesisStarted(item: UInt64)
    /// The voice has told where the first words of a sentence, or all of them, end: milliseconds from its beginning.
    case wordTimes(item: UInt64, ends: [Int])
    /// A sentence is synthesised; so long it is.
    case synthesised(item: UInt64, milliseconds: Int)
    case synthesisFailed
    /// The first audio of a sentence goes to the line.
    case playing(item: UInt64)
    /// The first sound of a sentence is heard then; the line began with its audio at `online`.
    case audible(item: UInt64, online: Moment, at: Moment)
    /// The last audio of a sentence has gone to the line.
    case sent(item: UInt64)
    /// The line says that a sentence was heard.
    case heard(item: UInt64)
    case digit(Character)
    /// An operator's words.
    case say(String)
    case hangup(reason: String)
    case lineClosed(reason: String)
    /// Somebody knows who answered a call that was placed; `source` is `carrier` or `audio`.
    case answeredBy(AnsweredBy, source: String)
    /// The recording is safe; nil: it was lost.
    case recordingStored(JSON?)
    case timer(CallTimer)

    /// One guess of what the caller wants.
    struct Label: Equatable {
        let name: String
        let confidence: Double
    }
}
