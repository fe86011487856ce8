import Core
import JSONKit

/// What the driver does for the machine, in this order.
enum CallAction: Equatable {
    /// Opens an utterance: recognition gets the caller's audio from this position (milliseconds) on.
    case listen(item: UInt64, from: Int)
    /// So much silence ends the caller's utterance from now on.
    case endpoint(milliseconds: Int)
    /// The utterance's audio is complete.
    case finishUtterance(item: UInt64)
    case cancelUtterance(item: UInt64)
    case classify(item: UInt64, text: String)
    case retrieve(item: UInt64, text: String, collections: [String])
    case cancelQuestions(item: UInt64)
    case ask(item: UInt64, prompt: JSON)
    case cancelReply(item: UInt64)
    /// Runs a tool elsewhere; `toolResult` follows.
    case runTool(item: UInt64, ToolRequest)
    /// Gives the line to another number; `transferred` or `transferFailed` follows.
    case transfer(to: String)
    /// Looks for another agent document; `handedOver` follows.
    case handOver(agent: String)
    /// Recognition, intent, model and voice are opened anew: the agent's document is another.
    case reopen
    case sendDigits(String)
    /// One sentence to be synthesised and played behind those before it.
    case speak(item: UInt64, text: String)
    /// Drops all speech: synthesis, what waits to be played, and what the line has not played.
    case silence
    /// As `silence` was performed: this event, to which the driver adds how long it took.
    case bargedIn(JSONObject)
    case arm(CallTimer, after: Duration)
    case disarm(CallTimer)
    case record(Topic, JSON)
    case remember
    case observe(Measure, seconds: Double)
    case closeLine(reason: String)
    /// Finishes the recording and stores it; `recordingStored` follows.
    case storeRecording
    /// The call is over: everything is closed and forgotten.
    case finish

    /// A histogram.
    enum Measure: Equatable {
        case turn, part(Ledger.Part.Name), transcript, intent, retrieval, firstToken, firstSentence, firstAudio, added,
            call
    }
}
