import Core
import JSONKit
import Media

/// What is asked of the line itself: keys, and another party.
extension LiveCall {
    /// Presses keys, behind what is being said: as tones, unless the carrier presses them.
    func sendDigits(_ digits: String) {
        guard let line, let audio = KeyTones.audio(digits) else {
            return Self.log.warning("keys were not pressed", ["call": .string(details.id.rawValue)])
        }
        record(.digitsSent, ["count": .int(Int64(digits.count))])
        guard !line.sendDigits(digits) else { return }
        let item = machine.newItem()
        tones[item] = audio
        speak(item, "")
        pump()
    }

    /// Plays an item that is no sentence; false if it is one.
    func play(tones item: UInt64) -> Bool {
        guard let audio = tones.removeValue(forKey: item) else { return false }
        playout.open(item)
        playout.append(audio.span, item: item)
        playout.complete(item)
        return true
    }

    /// Gives the line to somebody else: the call is over here once the carrier will see to it.
    func transfer(to number: String) {
        guard let line else { return take(.transferFailed(reason: "the line is closed")) }
        line.transfer(to: number) { [weak self] problem in
            self?.take(problem.map { .transferFailed(reason: $0) } ?? .transferred)
        }
    }
}
