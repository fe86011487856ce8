/// FNV-1a over bytes: the same number on every machine and in every run, unlike the standard library's hash.
public struct FeatureHash: Sendable {
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// `space` keeps the features of one sort apart from those of another.
    public init(_ space: UInt8) { add(space) }

    public mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    public mutating func add(_ text: String) { for byte in text.utf8 { add(byte) } }

    /// The value with its bits mixed, so that its low bits may serve as an index.
    public var mixed: UInt64 {
        var mixed = value
        mixed ^= mixed >> 33
        mixed = mixed &* 0xff51_afd7_ed55_8ccd
        mixed ^= mixed >> 33
        return mixed
    }
}
