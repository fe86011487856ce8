import Glibc
import Media
import SoundKit
import Testing

/// Speech and noise for tests: 8 kHz, as a telephone line carries it.
enum Speech {
    /// What espeak-ng says, without the silence around it, its power 26 dB below full scale.
    static func say(_ text: String, voice: String = "en-us") throws -> [Float] {
        let folder = try Folder()
        let path = folder.path("speech.wav")
        let command = ["espeak-ng", "-v", voice, "-w", path, text]
        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child = pid_t()
        try #require(
            posix_spawnp(&child, "espeak-ng", nil, nil, &arguments, environ) == 0,
            "espeak-ng is not installed"
        )
        var status: Int32 = 0
        waitpid(child, &status, 0)
        let file = try WAVFile(reading: path)
        var resampler = try Resampler(from: file.sampleRate, to: 8000)
        var samples: [Float] = []
        let whole = file.samples
        resampler.process(whole.span) { piece in for index in piece.indices { samples.append(Float(piece[index])) } }
        let quiet = (samples.map(abs).max() ?? 0) / 50
        let first = try #require(samples.firstIndex { abs($0) > quiet })
        let last = try #require(samples.lastIndex { abs($0) > quiet })
        return scaled(Array(samples[first...last]), to: -26)
    }

    /// Noise with equal power in every octave, as rooms and streets have it.
    static func pinkNoise(_ count: Int, decibels: Float, seed: UInt64) -> [Float] {
        var generator = Generator(state: seed)
        var slow: (Float, Float, Float) = (0, 0, 0)
        let noise = (0..<count).map { _ in
            let white = Float(Int64(bitPattern: generator.next()) >> 40) / 8_388_608
            slow.0 = 0.99765 * slow.0 + white * 0.099
            slow.1 = 0.963 * slow.1 + white * 0.2965
            slow.2 = 0.57 * slow.2 + white * 1.0527
            return slow.0 + slow.1 + slow.2 + white * 0.1848
        }
        return scaled(noise, to: decibels)
    }

    /// The mains, at 50 Hz.
    static func hum(_ count: Int, decibels: Float) -> [Float] {
        scaled((0..<count).map { sinf(Float($0 % 160) / 160 * 2 * .pi) }, to: decibels)
    }

    /// Through the line.
    static func line(_ samples: [Float]) -> [Int16] {
        samples.map { G711.decode(G711.encode(Int16(max(-32768, min(32767, $0))))) }
    }

    private static func scaled(_ samples: [Float], to decibels: Float) -> [Float] {
        let power = samples.reduce(0) { $0 + $1 * $1 } / Float(max(samples.count, 1))
        guard power > 0 else { return samples }
        let factor = 32768 * pow(10, decibels / 20) / power.squareRoot()
        return samples.map { $0 * factor }
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
