import Campaigns
import Carrier
import Core

/// What becomes of the conversations of a simulation: there are none, so personas' wishes stand for them.
struct SimulatedOutcomes {
    let machines: MachineAction

    /// How the conversation would have told its end; nil: there was none.
    func conclusion(of call: PracticeCall) -> AttemptFact.Conclusion? {
        guard let answered = call.answeredAt, let ended = call.endedAt else { return nil }
        let length = Duration.milliseconds(ended.unixMilliseconds - answered.unixMilliseconds)
        var conclusion = AttemptFact.Conclusion(
            call: "call_\(call.number)",
            disposition: "caller_hung_up",
            endedAt: ended,
            duration: length
        )
        conclusion.greetedAfter = length > .milliseconds(600) ? .milliseconds(600) : nil
        switch call.persona.kind {
        case .talk:
            conclusion.turns = 3
            conclusion.answeredBy = "human"
            conclusion.disposition = call.persona.wish.isEmpty ? word(call.number) : call.persona.wish
        case .voicemail:
            conclusion.answeredBy = "machine"
            let isLeft = machines == .leaveMessage && length > .seconds(20)
            conclusion.disposition = isLeft ? "message_left" : "voicemail"
        case .fax:
            conclusion.answeredBy = "fax"
            conclusion.disposition = "voicemail"
        case .hangUp, .busy, .ring, .unreachable, .invalid: break
        }
        return conclusion
    }

    /// Of those who talk a few buy, many do not want to.
    private func word(_ call: Int) -> String {
        switch (call &* 2_654_435_761) >> 4 & 7 {
        case 0, 1: "sale"
        case 2, 3, 4: "not_interested"
        default: "completed"
        }
    }
}
