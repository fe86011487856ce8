import Media
import Testing

/// Where speech ends and begins, to the millisecond.
@Suite struct LastSoundTests {
    private func hear(_ samples: [Int16], _ sound: inout LastSound, from start: Int = 0) {
        for index in stride(from: 0, to: samples.count, by: 160) {
            sound.hear(samples.span.extracting(index..<min(index + 160, samples.count)), at: start + index)
        }
    }

    private func tone(_ count: Int, _ level: Int16) -> [Int16] { (0..<count).map { $0 % 8 < 4 ? level : -level } }

    @Test func `a sound that ends within a frame ends there`() {
        var sound = LastSound()
        hear(tone(1000, 4000) + [Int16](repeating: 0, count: 3000), &sound)
        #expect(sound.position == 1000)
    }

    @Test func `what is softer than a sound is not one`() {
        var sound = LastSound()
        hear(tone(1000, 4000) + tone(800, 150), &sound)
        #expect(sound.position == 1000)
    }

    @Test func `in a noisy room the noise is not a sound`() {
        var sound = LastSound()
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<32_000).map { _ in Int16.random(in: -600...600, using: &generator) }
        hear(Array(noise[..<16_000]), &sound)
        hear(tone(800, 8000), &sound, from: 16_000)
        hear(Array(noise[16_000...]), &sound, from: 16_800)
        #expect((16_760...16_840).contains(sound.position))
    }

    @Test func `the first sound is found to the sample, and soft noise before it is not taken for one`() {
        let voice = tone(320, 40) + [Int16](repeating: 0, count: 60) + tone(400, 3000)
        #expect(Audible.first(in: voice.span) == 380)
        #expect(Audible.onset(in: voice.span) == 360)
        #expect(Audible.first(in: tone(800, 100).span) == nil)
    }
}
