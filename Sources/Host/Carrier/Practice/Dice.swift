/// Numbers that look random and are the same for the same seed: SplitMix64 (Steele, Lea and Flood, 2014).
struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// What decides on the `attempt`th call to a number is the same whatever else is called before.
    init(seed: UInt64, number: UInt64, attempt: UInt64) {
        state = seed
        state = bits() ^ number
        state = bits() ^ attempt
    }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 up to, but not including, 1.
    mutating func unit() -> Double { Double(bits() >> 11) / Double(1 << 53) }

    /// Whether something happens that does so with this probability.
    mutating func happens(_ probability: Double) -> Bool { probability > 0 && unit() < probability }

    /// Milliseconds out of a range of seconds.
    mutating func milliseconds(_ seconds: ClosedRange<Double>) -> Int64 {
        Int64(1000 * (seconds.lowerBound + (seconds.upperBound - seconds.lowerBound) * unit()))
    }

    /// A number's name in a table of numbers: FNV-1a.
    static func key(_ number: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in number.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
