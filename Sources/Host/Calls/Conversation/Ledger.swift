import Core
import JSONKit

/// Where the time between the caller's last sound and the agent's first one went.
///
/// The parts follow each other: each begins where the one before it ended, so they add up to the gap to the microsecond.
/// What was ready before its turn, because it was prepared or ran beside something slower, takes nothing.
struct Ledger {
    /// When the caller's last sound was spoken.
    var lastSound: Moment?
    /// When the caller's turn was over.
    var closed: Moment?
    var transcript: Moment?
    var labels: Moment?
    var passages: Moment?
    var asked: Moment?
    /// The reply was asked for before anybody knew what is wanted.
    var lacksLabels = false
    var firstToken: Moment?
    /// When the first sentence was handed to synthesis, and its item.
    var firstSentence: Moment?
    var firstItem: UInt64?
    var firstAudio: Moment?
    /// When it was handed to the line, when the line begins with it, and when the first sound of it is heard.
    var playing: Moment?
    var online: Moment?
    var audible: Moment?
    /// What handling took ourselves, in milliseconds.
    var own = 0.0

    /// The caller's turn is over. `silence` is what the endpointer counted, in milliseconds, where nobody knows better.
    mutating func close(at moment: Moment, silentFor silence: Int, since sound: Moment?) {
        closed = moment
        lastSound = sound ?? Moment(microseconds: moment.microseconds - Int64(Swift.max(0, silence)) * 1000)
    }

    /// One stretch of the gap, in milliseconds.
    struct Part: Equatable {
        let name: Name
        let milliseconds: Double

        enum Name: String, CaseIterable {
            case endpointing, transcript = "final_transcript", intent, retrieval, token = "first_token"
            case sentence = "first_sentence", audio = "first_audio", playout, carrier, lead = "voice_lead"
        }
    }

    /// The parts, in the order in which they passed.
    var parts: [Part] {
        guard var reached = lastSound ?? closed else { return [] }
        return Part.Name.allCases.map { name in
            let end = max(reached, end(of: name) ?? reached)
            defer { reached = end }
            return Part(name: name, milliseconds: end.milliseconds(since: reached))
        }
    }

    private func end(of name: Part.Name) -> Moment? {
        switch name {
        case .endpointing: closed
        case .transcript: transcript
        // Who has not answered when the reply is asked for was waited for until then.
        case .intent: labels ?? (lacksLabels ? asked : nil)
        case .retrieval: max(passages, asked)
        case .token: firstToken
        case .sentence: firstSentence
        case .audio: firstAudio
        case .playout: playing
        case .carrier: online
        case .lead: audible
        }
    }

    private func max(_ left: Moment?, _ right: Moment?) -> Moment? {
        guard let left, let right else { return left ?? right }
        return Swift.max(left, right)
    }

    private func max(_ left: Moment, _ right: Moment) -> Moment { Swift.max(left, right) }

    private func between(_ from: Moment?, _ to: Moment?) -> Double {
        guard let from, let to else { return 0 }
        return Swift.max(0, to.milliseconds(since: from))
    }

    /// What the providers took by themselves, whatever ran beside them.
    var finalTranscript: Double { between(closed, transcript) }
    var intent: Double { between(transcript, labels) }
    var retrieval: Double { between(transcript, passages) }
    var token: Double { between(asked, firstToken) }
    /// From the first piece of the reply to the first whole sentence; from the question where no model was asked.
    var sentence: Double { between(firstToken ?? asked, firstSentence) }
    var audio: Double { between(firstSentence, firstAudio) }
    /// Our own share: handling, and the wait for the playout's next tick.
    var added: Double { own + between(firstAudio, playing) }
    /// What the caller hears as silence.
    var gap: Double { parts.reduce(0) { $0 + $1.milliseconds } }

    var json: JSON {
        func milliseconds(_ value: Double) -> JSON { .double((value * 1000).rounded() / 1000) }
        var members = JSONObject()
        for part in parts { members["\(part.name.rawValue)_ms"] = milliseconds(part.milliseconds) }
        members["added_ms"] = milliseconds(added)
        // Nobody waited for what was never heard.
        if audible != nil { members["gap_ms"] = milliseconds(gap) }
        return .object(members)
    }
}
