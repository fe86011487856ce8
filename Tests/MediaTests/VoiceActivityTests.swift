import Media
import Testing

@Suite struct VoiceActivityTests {
    /// What the caller's surroundings add.
    enum Room: CaseIterable { case silent, hum, street, loudStreet }

    private static let sentences = [
        ("I would like to book an appointment for tomorrow.", "en-us"), ("yes", "en-us"),
        ("No, thank you.", "en-gb+f3"),
        ("How much does it cost?", "en-gb"), ("six", "en-us+f2"),
        ("My number is five five five, one two three four.", "en-us"),
    ]

    private func background(_ room: Room, _ count: Int, seed: UInt64) -> [Float] {
        switch room {
        case .silent: [Float](repeating: 0, count: count)
        case .hum: Speech.hum(count, decibels: -40)
        case .street: Speech.pinkNoise(count, decibels: -46, seed: seed)
        case .loudStreet: Speech.pinkNoise(count, decibels: -36, seed: seed)
        }
    }

    private func events(_ samples: [Int16]) -> [Endpointer.Event] {
        var activity = VoiceActivity()
        var endpointer = Endpointer(.init(minSpeech: 80, silence: 600, lookBack: 0))
        var events: [Endpointer.Event] = []
        for start in stride(from: 0, to: samples.count - 159, by: 160) {
            let frame = Array(samples[start..<start + 160])
            events += endpointer.hear(activity.isSpeech(frame.span), at: start / 8)
        }
        return events.filter { event in
            switch event {
            case .speechConfirmed, .speechEnded: true
            default: false
            }
        }
    }

    /// Two seconds of the room before and after each sentence: speech is found once, where it is, and nowhere else.
    @Test(arguments: Room.allCases) func `speech is found where it is, and nothing else`(room: Room) throws {
        for (index, (text, voice)) in Self.sentences.enumerated() {
            let speech = try Speech.say(text, voice: voice)
            var samples = background(room, 32_000 + speech.count, seed: UInt64(index + 1) * 977)
            for (offset, sample) in speech.enumerated() { samples[16_000 + offset] += sample }
            let end = 2000 + speech.count / 8
            let found = events(Speech.line(samples))
            try #require(found.count == 2, "\"\(text)\" in \(room): \(found)")
            guard case .speechConfirmed(let began) = found[0], case .speechEnded(let ended) = found[1] else {
                Issue.record("\"\(text)\" in \(room): \(found)")
                continue
            }
            // Soft first and last sounds drown in a loud street.
            let tolerance = room == .loudStreet ? 350 : 200
            #expect((1980...2000 + tolerance).contains(began), "\"\(text)\" in \(room) began at \(began)")
            #expect(
                (end - tolerance...end + 60).contains(ended),
                "\"\(text)\" in \(room) ended at \(ended), not \(end)"
            )
        }
    }

    @Test func `a noise that sets in is taken for speech for two seconds at most`() {
        let quiet = Speech.pinkNoise(16_000, decibels: -60, seed: 7)
        let loud = Speech.pinkNoise(40_000, decibels: -35, seed: 9)
        var activity = VoiceActivity()
        var last = 0
        let samples = Speech.line(quiet + loud)
        for start in stride(from: 0, to: samples.count, by: 160) {
            let frame = Array(samples[start..<start + 160])
            if activity.isSpeech(frame.span) { last = start / 8 }
        }
        #expect((3000...4100).contains(last))
    }

    @Test func `silence without any noise has no speech in it, and neither has a hiss below the threshold`() {
        var activity = VoiceActivity()
        let silence = [Int16](repeating: 0, count: 160)
        let hiss = (0..<160).map { Int16($0 % 3 * 8 - 8) }
        var speech = 0
        for _ in 0..<100 { speech += activity.isSpeech(silence.span) ? 1 : 0 }
        for _ in 0..<100 { speech += activity.isSpeech(hiss.span) ? 1 : 0 }
        #expect(speech == 0)
    }

    @Test func `a constant offset is not loudness`() {
        let offset = [Int16](repeating: 8000, count: 160)
        #expect(Level(offset.span).decibels == -100)
        #expect(Level(offset.span).peak == 8000)
        let square = (0..<160).map { Int16($0 % 2 == 0 ? 16_384 : -16_384) }
        #expect(abs(Level(square.span).decibels + 6.02) < 0.01)
        let least: [Int16] = [.min]
        #expect(Level(least.span).peak == 32768)
    }
}
