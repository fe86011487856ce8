import Glibc
import Media
import Testing

/// Who answered: people, machines, and what a machine's beep is.
@Suite struct AnswerDetectorTests {
    private func answer(_ speech: [(Bool, Int)]) -> AnswerDetector.Answer? {
        var detector = AnswerDetector()
        for (isSpeech, milliseconds) in speech {
            for _ in 0..<milliseconds / 20 { if let answer = detector.hear(isSpeech: isSpeech) { return answer } }
        }
        return nil
    }

    @Test func `a short word and silence is a person, long talk is a machine, and so is talk with short pauses`() {
        #expect(answer([(false, 800), (true, 600), (false, 1000)]) == .human)
        #expect(answer([(false, 300), (true, 900), (false, 300), (true, 500), (false, 1000)]) == .human)
        #expect(answer([(false, 300), (true, 3000)]) == .machine)
        #expect(answer([(true, 1200), (false, 500), (true, 1500)]) == .machine)
        #expect(answer([(false, 6100)]) == .human)
        #expect(answer([(true, 600), (false, 400)]) == nil)
    }

    private func tone(_ frequency: Double, _ milliseconds: Int, level: Double = 6000) -> [Int16] {
        (0..<milliseconds * 8).map { Int16(level * sin(2 * .pi * frequency * Double($0) / 8000)) }
    }

    private func beeps(_ samples: [Int16]) -> Int {
        var detector = BeepDetector()
        var count = 0
        for start in stride(from: 0, to: samples.count - 159, by: 160) {
            if detector.hear(samples.span.extracting(start..<start + 160)) { count += 1 }
        }
        return count
    }

    private let silence = [Int16](repeating: 0, count: 8000)

    @Test(arguments: [440.0, 850, 1000, 1400, 2000]) func `a steady tone of 0.3 to 2 seconds is a beep`(
        frequency: Double
    ) {
        #expect(beeps(silence + tone(frequency, 500) + silence) == 1)
        #expect(beeps(silence + tone(frequency, 1900) + silence) == 1)
        #expect(beeps(silence + tone(frequency, 200) + silence) == 0)
        #expect(beeps(silence + tone(frequency, 3000) + silence) == 0)
    }

    @Test func `keys, noise, a glide and silence are no beep`() throws {
        #expect(beeps(try #require(KeyTones.audio("1234567890*#"))) == 0)
        #expect(beeps((0..<16_000).map { _ in Int16.random(in: -6000...6000) }) == 0)
        let glide = (0..<8000).map { Int16(6000 * sin(2 * .pi * (500 + Double($0) / 20) * Double($0) / 8000)) }
        #expect(beeps(glide + silence) == 0)
        #expect(beeps(silence + silence) == 0)
        #expect(beeps(tone(1000, 500, level: 60) + silence) == 0)
    }
}
