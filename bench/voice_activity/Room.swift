import Glibc
import Media
import SoundKit

/// What is heard beside the caller, and how loud it is.
struct Room {
    enum Noise: String { case silence, pink, babble }

    let noise: Noise
    /// How far the noise is below the speech.
    let decibels: Int

    static let all = [
        Room(noise: .silence, decibels: 99), Room(noise: .pink, decibels: 20), Room(noise: .pink, decibels: 10),
        Room(noise: .babble, decibels: 20), Room(noise: .babble, decibels: 10),
    ]

    /// A second of the room, the speech in it, two more seconds, as a telephone line carries it.
    struct Scene {
        var audio: [Int16]
        let start: Int
        let end: Int
    }

    func scene(_ speech: [Int16], babble: [Int16], seed: UInt64) -> Scene {
        let (before, after) = (8000, 16_000)
        var audio = [Float](repeating: 0, count: before + speech.count + after)
        for (index, sample) in speech.enumerated() { audio[before + index] = Float(sample) }
        let noise = room(audio.count, babble: babble, seed: seed)
        let scale =
            Self.power(noise) > 0
            ? sqrtf(Self.power(speech.map(Float.init)) / Self.power(noise) / powf(10, Float(decibels) / 10)) : 0
        let mixed = zip(audio, noise).map { sample, noise in
            let value = max(-32_000, min(32_000, sample + noise * scale))
            return G711.decode(G711.encode(Int16(value)))
        }
        return Scene(audio: mixed, start: before, end: before + speech.count)
    }

    private func room(_ count: Int, babble: [Int16], seed: UInt64) -> [Float] {
        var dice = Dice(state: seed)
        switch noise {
        case .silence: return [Float](repeating: 0, count: count)
        case .babble:
            let offset = Int(dice.next() * Float(babble.count / 2))
            return (0..<count).map { Float(babble[(offset + $0) % babble.count]) }
        case .pink:
            // White noise through Paul Kellet's filter of three poles.
            var (a, b, c): (Float, Float, Float) = (0, 0, 0)
            return (0..<count).map { _ in
                let white = dice.next() * 2 - 1
                a = 0.99765 * a + white * 0.0990460
                b = 0.96300 * b + white * 0.2965164
                c = 0.57000 * c + white * 1.0526913
                return a + b + c + white * 0.1848
            }
        }
    }

    /// The mean power of what is not silence.
    private static func power(_ samples: [Float]) -> Float {
        let loud = samples.filter { abs($0) > 0.001 }
        return loud.isEmpty ? 0 : loud.reduce(0) { $0 + $1 * $1 } / Float(loud.count)
    }
}

/// The same noise in every run.
struct Dice {
    var state: UInt64

    /// 0 up to 1.
    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / Float(1 << 24)
    }
}
