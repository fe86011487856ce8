import JSONKit

/// When the agent listens, when it speaks, and how long it waits. Times in milliseconds unless the name says seconds.
public struct TurnTaking: Sendable, Equatable {
    /// So much silence ends the caller's turn.
    public var endpointing = 500
    /// Less speech than this is a cough or a click.
    public var minSpeech = 80
    /// Whether the caller may interrupt.
    public var bargeIn = true
    /// So much speech stops the agent; less is "mhm".
    public var bargeInMinSpeech = 300
    /// How long intent and retrieval may take before the reply is made without them.
    public var understanding = 800
    /// Seconds of silence until the agent asks whether the caller is there. 0: never.
    public var silencePromptSeconds = 10
    /// Seconds of silence, counted from the same moment, until the agent hangs up. 0: never.
    public var silenceHangupSeconds = 20
    /// Seconds until the call is ended, whatever happens.
    public var maxDurationSeconds = 1800

    public init() {}

    init(_ fields: Fields) throws(FieldError) {
        endpointing = try fields.int("endpointing_ms", default: endpointing, in: 100...5000)
        minSpeech = try fields.int("min_speech_ms", default: minSpeech, in: 20...1000)
        bargeIn = try fields.bool("barge_in", default: bargeIn)
        bargeInMinSpeech = try fields.int("barge_in_min_speech_ms", default: bargeInMinSpeech, in: 20...3000)
        understanding = try fields.int("understanding_ms", default: understanding, in: 0...10_000)
        silencePromptSeconds = try fields.int("silence_prompt_s", default: silencePromptSeconds, in: 0...600)
        silenceHangupSeconds = try fields.int("silence_hangup_s", default: silenceHangupSeconds, in: 0...3600)
        maxDurationSeconds = try fields.int("max_duration_s", default: maxDurationSeconds, in: 5...14_400)
        try fields.finish()
        if silenceHangupSeconds > 0, silencePromptSeconds > 0, silenceHangupSeconds <= silencePromptSeconds {
            throw fields.error("silence_hangup_s", "must be more than silence_prompt_s (\(silencePromptSeconds))")
        }
    }
}
