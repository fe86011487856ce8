import JSONKit

/// When the agent listens, when it speaks, and how long it waits. Times in milliseconds unless the name says seconds.
public struct TurnTaking: Sendable, Equatable {
    /// How the silence that ends the caller's turn is found.
    public enum EndpointingMode: String, Sendable, CaseIterable { case fixed, dynamic }

    /// `dynamic` learns from the caller's pauses and begins with `endpointing`.
    public var endpointingMode = EndpointingMode.dynamic
    /// So much silence ends the caller's turn.
    public var endpointing = 500
    /// So much is enough where what was understood reads complete.
    public var endpointingComplete = 300
    /// So much is needed where it reads unfinished.
    public var endpointingUnfinished = 1000
    /// Less speech than this is a cough or a click.
    public var minSpeech = 80
    /// Whether the caller may interrupt.
    public var bargeIn = true
    /// So much speech is listened to while the agent speaks; less is a cough.
    public var bargeInMinSpeech = 300
    /// So much speech stops the agent, whatever it says; less only if there are words in it that are no backchannel.
    public var bargeInCertain = 600
    /// What listeners say that is no interruption; nil: the language's.
    public var backchannels: [String]?
    /// If nothing was understood of an interruption that is no older than this, the agent goes on. 0: never.
    public var falseInterruption = 2000
    /// Whether the reply is prepared while the caller's last silence still runs.
    public var preemptive = true
    /// How long intent and retrieval may take before the reply is made without them.
    public var understanding = 800
    /// Seconds of silence until the agent asks whether the caller is there. 0: never.
    public var silencePromptSeconds = 10
    /// Seconds of silence, counted from the same moment, until the agent hangs up. 0: never.
    public var silenceHangupSeconds = 20
    /// Seconds until the call is ended, whatever happens.
    public var maxDurationSeconds = 1800

    /// So much speech, look-back included, there must be before what recognition believes of it so far may stop the agent:
    /// its first guess at a short word is often wrong.
    static let believed = 900

    /// Whether speech beside the agent's is listened to before it stops anything.
    var considers: Bool { bargeIn && bargeInCertain > bargeInMinSpeech }

    public init() {}

    init(_ fields: Fields) throws(FieldError) {
        endpointingMode = try Self.mode(fields)
        endpointing = try fields.int("endpointing_ms", default: endpointing, in: 100...5000)
        endpointingComplete = try fields.int(
            "endpointing_complete_ms",
            default: min(endpointingComplete, endpointing),
            in: 100...5000
        )
        endpointingUnfinished = try fields.int(
            "endpointing_unfinished_ms",
            default: max(endpointingUnfinished, endpointing),
            in: 100...10_000
        )
        minSpeech = try fields.int("min_speech_ms", default: minSpeech, in: 20...1000)
        bargeIn = try fields.bool("barge_in", default: bargeIn)
        bargeInMinSpeech = try fields.int("barge_in_min_speech_ms", default: bargeInMinSpeech, in: 20...3000)
        bargeInCertain = try fields.int(
            "barge_in_certain_ms",
            default: max(bargeInCertain, bargeInMinSpeech),
            in: 20...10_000
        )
        backchannels = fields.object["backchannels"] == nil ? nil : try fields.strings("backchannels")
        falseInterruption = try fields.int("false_interruption_ms", default: falseInterruption, in: 0...10_000)
        preemptive = try fields.bool("preemptive", default: preemptive)
        understanding = try fields.int("understanding_ms", default: understanding, in: 0...10_000)
        silencePromptSeconds = try fields.int("silence_prompt_s", default: silencePromptSeconds, in: 0...600)
        silenceHangupSeconds = try fields.int("silence_hangup_s", default: silenceHangupSeconds, in: 0...3600)
        maxDurationSeconds = try fields.int("max_duration_s", default: maxDurationSeconds, in: 5...14_400)
        try fields.finish()
        guard (endpointingComplete...max(endpointingComplete, endpointingUnfinished)).contains(endpointing) else {
            throw fields.error(
                "endpointing_ms",
                "must be from endpointing_complete_ms (\(endpointingComplete)) to endpointing_unfinished_ms"
                    + " (\(endpointingUnfinished)), is \(endpointing)"
            )
        }
        guard bargeInCertain >= bargeInMinSpeech else {
            throw fields.error(
                "barge_in_certain_ms",
                "must be at least barge_in_min_speech_ms (\(bargeInMinSpeech)), is \(bargeInCertain)"
            )
        }
        if silenceHangupSeconds > 0, silencePromptSeconds > 0, silenceHangupSeconds <= silencePromptSeconds {
            throw fields.error("silence_hangup_s", "must be more than silence_prompt_s (\(silencePromptSeconds))")
        }
    }

    private static func mode(_ fields: Fields) throws(FieldError) -> EndpointingMode {
        let name = try fields.string("endpointing", default: EndpointingMode.dynamic.rawValue)
        guard let mode = EndpointingMode(rawValue: name) else {
            throw fields.error("endpointing", "is \"\(name)\"; use fixed or dynamic")
        }
        return mode
    }
}
