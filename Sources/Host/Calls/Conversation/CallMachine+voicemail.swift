import Core
import JSONKit

/// Calls that the host has placed and a machine has answered.
extension CallMachine {
    /// Longer than this no machine greets.
    private static let patience = Duration.seconds(45)

    mutating func answered(by who: AnsweredBy, source: String, _ now: Moment) {
        guard details.direction == .outbound, phase == .live else { return }
        switch who {
        case .human: noteAnswer(who, source)
        case .fax: if noteAnswer(who, source) { end("fax", reason: "a fax answered", now) }
        case .machine:
            guard !waitsForBeep, noteAnswer(who, source) else { return }
            stopEverything(now)
            guard leavesMessage else {
                return end("voicemail", reason: "a machine answered", now)
            }
            waitsForBeep = true
            out.append(.arm(.beep, after: Self.patience))
        case .beep: beeped(source, now)
        }
    }

    /// The machine records: the message, and the end.
    private mutating func beeped(_ source: String, _ now: Moment) {
        // A tone in a conversation is none; the carrier knows better.
        guard waitsForBeep || source == "carrier" else { return }
        noteAnswer(.beep, source)
        guard leavesMessage else {
            return end("voicemail", reason: "a machine answered", now)
        }
        leaveMessage(now)
    }

    private var leavesMessage: Bool { agent.voicemail.action(wanted: details.order?.machines) == .leaveMessage }

    mutating func beepIsDue(_ now: Moment) { if waitsForBeep { leaveMessage(now) } }

    private mutating func leaveMessage(_ now: Moment) {
        waitsForBeep = false
        out.append(.disarm(.beep))
        close(saying: slots.fill(agent.voicemail.message, agent), "message_left", "a machine answered", now)
    }

    /// The first word on it counts; false if there was one.
    @discardableResult
    private mutating func noteAnswer(_ who: AnsweredBy, _ source: String) -> Bool {
        guard answeredBy == nil || who == .beep || who == .fax && answeredBy == .machine else { return false }
        answeredBy = who
        out.append(.record(.callAnswered, ordered(["by": .string(who.rawValue), "source": .string(source)])))
        return true
    }
}
