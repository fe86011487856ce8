import Core
import JSONKit

/// One thing that happens in a scripted conversation.
struct TrialStep: Sendable {
    enum Deed: Sendable {
        /// The caller says something, when the agent has finished or so long after it began to speak.
        case says(String, interruptsAfter: Int?)
        /// The caller's voice from a file, for a recogniser of sound.
        case plays([Int16], name: String, interruptsAfter: Int?)
        case presses(String)
        case isSilent(milliseconds: Int)
        /// The next stream of this kind's provider that has given so many frames fails.
        case fails(Kind, afterFrames: Int)
        case hangsUp
        case expects(Expectation)
    }

    let deed: Deed
    /// Where it stands, as in `tests[0].steps[2]`.
    let path: String

    private static let deeds = ["caller", "audio", "digits", "silence_s", "fail", "hang_up", "expect"]

    /// `read` gives the samples of an audio file at 8 kHz.
    init(_ fields: Fields, read: (String) throws(FieldError) -> [Int16]) throws(FieldError) {
        path = fields.path
        let given = Self.deeds.filter { fields.object[$0] != nil }
        guard given.count == 1, let deed = given.first else {
            throw FieldError(path: path, problem: "must have exactly one of \(Self.deeds.joined(separator: ", "))")
        }
        let after = try fields.optionalInt("interrupt_after_ms", in: 0...600_000)
        if after != nil, !["caller", "audio"].contains(deed) {
            throw fields.error("interrupt_after_ms", "only goes with caller or audio")
        }
        switch deed {
        case "caller": self.deed = .says(try Self.words("caller", fields), interruptsAfter: after)
        case "audio":
            let name = try fields.string("audio")
            self.deed = .plays(try read(name), name: name, interruptsAfter: after)
        case "digits": self.deed = .presses(try Self.digits(fields))
        case "silence_s":
            self.deed = .isSilent(
                milliseconds: Int(try fields.double("silence_s", default: 1, in: 0.1...14_400) * 1000)
            )
        case "fail": self.deed = try Self.failure(fields)
        case "hang_up":
            guard try fields.bool("hang_up", default: true) else {
                throw fields.error("hang_up", "must be true; leave the step out otherwise")
            }
            self.deed = .hangsUp
        default: self.deed = .expects(try Expectation(try fields.object("expect")))
        }
        try fields.finish()
    }

    private static func words(_ key: String, _ fields: Fields) throws(FieldError) -> String {
        let text = try fields.string(key)
        guard text.contains(where: { !$0.isWhitespace }), text.utf8.count <= 2000 else {
            throw fields.error(key, "must have words, at most 2,000 bytes; for silence use silence_s")
        }
        return text
    }

    private static func digits(_ fields: Fields) throws(FieldError) -> String {
        let digits = try fields.string("digits")
        guard !digits.isEmpty, digits.count <= 64, digits.allSatisfy({ "0123456789*#ABCD".contains($0) }) else {
            throw fields.error("digits", "must be keys of a telephone: 0 to 9, *, #, A to D")
        }
        return digits
    }

    private static func failure(_ fields: Fields) throws(FieldError) -> Deed {
        let name = try fields.string("fail")
        guard let kind = Kind(rawValue: name), [.asr, .intent, .llm, .tts].contains(kind) else {
            throw fields.error("fail", "is \"\(name)\"; use asr, intent, llm or tts")
        }
        return .fails(kind, afterFrames: try fields.int("after_frames", default: 0, in: 0...1_000_000))
    }
}
