/// Values by the digits that a number begins with; the longest beginning wins.
struct PrefixTree: Sendable {
    /// Ten children a node; 0: none, because nobody's child is the root.
    private var children = [Int32](repeating: 0, count: 10)
    private var values: [Int32] = [-1]

    /// `prefix` is made of digits; anything else in it is passed over.
    mutating func insert(_ prefix: some StringProtocol, _ value: Int) {
        var node = 0
        for byte in prefix.utf8 where (0x30...0x39).contains(byte) {
            let slot = node * 10 + Int(byte - 0x30)
            if children[slot] == 0 {
                children[slot] = Int32(values.count)
                children += [Int32](repeating: 0, count: 10)
                values.append(-1)
            }
            node = Int(children[slot])
        }
        values[node] = Int32(value)
    }

    /// The value of the longest prefix of these digits, and how many digits that has. A leading `+` is passed over; it ends at
    /// anything else that is no digit.
    func longest(in digits: some StringProtocol) -> (value: Int, length: Int)? {
        var (node, length) = (0, 0)
        var found: (value: Int, length: Int)?
        for byte in digits.utf8 {
            if byte == UInt8(ascii: "+"), length == 0 { continue }
            guard (0x30...0x39).contains(byte) else { break }
            let child = children[node * 10 + Int(byte - 0x30)]
            guard child != 0 else { break }
            node = Int(child)
            length += 1
            if values[node] >= 0 { found = (Int(values[node]), length) }
        }
        return found
    }
}
