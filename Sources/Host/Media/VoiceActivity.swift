import Glibc

/// Whether a 20 ms frame has speech in it: its power is well above that of the room.
///
/// The room's power, the floor, is the least power of any frame in the last two seconds, since even fluent speech has gaps
/// within that time. It follows a falling noise at once and a rising one after two seconds. A pure value; no allocation.
public struct VoiceActivity: Sendable {
    /// What counts as speech.
    public struct Configuration: Sendable, Equatable {
        /// How far above the floor speech begins.
        public var marginDecibels: Float = 9
        /// Nothing quieter is ever speech, in decibels below full scale: a digital silence has no floor.
        public var quietestDecibels: Float = -50

        public init() {}
    }

    private let margin: Float
    private let quietest: Float
    /// The least power within each half second of the last two seconds; `current` is the one growing.
    private var least: InlineArray<4, Float> = [.infinity, .infinity, .infinity, .infinity]
    private var current = 0
    private var framesInCurrent = 0
    private var smoothed: Float = -1

    public init(_ configuration: Configuration = Configuration()) {
        margin = powf(10, configuration.marginDecibels / 10)
        quietest = powf(10, configuration.quietestDecibels / 10) * Level.fullScale
    }

    /// Takes the next frame of 20 ms.
    public mutating func isSpeech(_ frame: Span<Int16>) -> Bool {
        let power = Level(frame).power
        // One quiet frame between two loud ones is chance, not the room.
        smoothed = smoothed < 0 ? power : (smoothed + power) / 2
        if framesInCurrent == 25 {
            current = (current + 1) % 4
            framesInCurrent = 0
            least[current] = .infinity
        }
        framesInCurrent += 1
        least[current] = min(least[current], smoothed)
        return power > max(floor * margin, quietest)
    }

    /// The power of the room as it is known now.
    public var floor: Float { min(min(least[0], least[1]), min(least[2], least[3])) }
}
