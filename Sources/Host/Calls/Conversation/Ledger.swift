import Core
import JSONKit

/// Where the time between the caller's last word and the agent's first one went. Its parts add up.
struct Ledger {
    /// Silence that had to pass until the caller's turn was over, in milliseconds.
    var endpointing = 0.0
    var closed: Moment?
    var transcript: Moment?
    var labels: Moment?
    var passages: Moment?
    var asked: Moment?
    var firstToken: Moment?
    var firstSentence: Moment?
    var firstAudio: Moment?
    var playing: Moment?
    /// What handling took ourselves, in milliseconds.
    var own = 0.0

    private func part(_ from: Moment?, _ to: Moment?) -> Double {
        guard let from, let to else { return 0 }
        return max(0, to.milliseconds(since: from))
    }

    var finalTranscript: Double { part(closed, transcript) }
    var intent: Double { part(transcript, labels) }
    var retrieval: Double { part(transcript, passages) }
    var token: Double { part(asked, firstToken) }
    /// From the first piece of the reply to the first whole sentence; from the question where no model was asked.
    var sentence: Double { part(firstToken ?? asked, firstSentence) }
    var audio: Double { part(firstSentence, firstAudio) }
    /// Our own share: handling, and the wait for the playout's next tick.
    var added: Double { own + part(firstAudio, playing) }
    /// What the caller hears as silence.
    var gap: Double { endpointing + part(closed, playing) }

    var json: JSON {
        func milliseconds(_ value: Double) -> JSON { .double((value * 1000).rounded() / 1000) }
        return [
            "endpointing_ms": milliseconds(endpointing), "final_transcript_ms": milliseconds(finalTranscript),
            "intent_ms": milliseconds(intent), "retrieval_ms": milliseconds(retrieval),
            "first_token_ms": milliseconds(token), "first_sentence_ms": milliseconds(sentence),
            "first_audio_ms": milliseconds(audio), "added_ms": milliseconds(added), "gap_ms": milliseconds(gap),
        ]
    }
}
