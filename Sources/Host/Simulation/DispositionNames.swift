/// Dispositions by small numbers, in the order in which they are met.
struct DispositionNames {
    /// The first one is nothing.
    private(set) var all = [""]
    private var numbers: [String: UInt8] = ["": 0]

    mutating func number(of name: String) -> UInt8 {
        if let known = numbers[name] { return known }
        // More than there are numbers for share the last one.
        let number = UInt8(min(all.count, 255))
        if all.count < 256 { all.append(name) }
        numbers[name] = number
        return number
    }
}
