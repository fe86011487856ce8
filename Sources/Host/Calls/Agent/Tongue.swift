import JSONKit

/// What a language means for a document: how providers are opened, how utterances read, what is no interruption. Made once
/// for all calls.
struct Tongue: Sendable {
    let language: String
    let asrOptions: JSON
    let intentOptions: JSON
    let llmOptions: JSON
    let ttsOptions: JSON
    let completeness: Completeness
    let backchannels: Backchannels

    /// `voice`: empty for the plugin's own.
    init(
        _ language: String,
        voice: String,
        phrases: [String],
        intents: [CallerIntent],
        turnTaking: TurnTaking
    ) {
        self.language = language
        completeness = Completeness(language: language, examples: intents.flatMap(\.examples))
        backchannels = Backchannels(language: language, own: turnTaking.backchannels)
        let (tag, labels) = (JSON.string(language), JSON.array(intents.map(\.json)))
        let expected = phrases + (turnTaking.considers ? backchannels.phrases : [])
        asrOptions = [
            "sample_rate": 8000, "language": tag, "phrases": .array(expected.map { .string($0) }), "intents": labels,
        ]
        intentOptions = ["language": tag, "labels": labels]
        llmOptions = ["language": tag]
        var speech: JSONObject = ["sample_rate": 8000, "language": tag]
        if !voice.isEmpty { speech["voice"] = .string(voice) }
        ttsOptions = .object(speech)
    }
}
