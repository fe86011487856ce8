import Voices

/// The sentences that are listened to, and the people who talk elsewhere.
struct Studio {
    private let voice: Voice
    /// Six people talking at once.
    private(set) var babble: [Int16] = []
    private(set) var utterances: [[Int16]] = []

    private static let sentences = [
        "I would like to book a repair.", "How much does a full service cost?", "When are you open on Saturday?",
        "My order has not arrived yet.", "Yes, that would be fine.", "Could you say that again please?",
        "I want to cancel my appointment.", "The number is five five five, oh one two three.", "No, thank you.",
        "I am calling about my bicycle.", "Can I speak to a person?", "Thursday morning would be best.",
    ]

    /// Each sentence in each voice, without the silence around it.
    init(libraries: String) async throws {
        voice = try Voice(libraries: libraries)
        for name in Voice.names {
            for sentence in Self.sentences { utterances.append(Self.trimmed(try await voice.say(sentence, name))) }
        }
        babble = [Int16](repeating: 0, count: 8000 * 20)
        for (index, name) in (Voice.names + ["slt"]).enumerated() {
            let text = (Self.sentences + Self.sentences).dropFirst(index * 2).joined(separator: " ")
            let speech = try await voice.say(text, name)
            for position in babble.indices {
                let sample = speech[(position + index * 3777) % speech.count]
                babble[position] = Int16(clamping: Int(babble[position]) + Int(sample) / 6)
            }
        }
    }

    private static func trimmed(_ samples: [Int16]) -> [Int16] {
        guard let first = samples.firstIndex(where: { abs(Int($0)) > 300 }),
            let last = samples.lastIndex(where: { abs(Int($0)) > 300 })
        else { return samples }
        return Array(samples[first...last])
    }
}
