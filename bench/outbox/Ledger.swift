import JSONKit

/// What one far side has got, in the end.
struct Ledger {
    /// Facts by their numbers: how many different identifiers stand for each.
    private(set) var copies: [Int: Int] = [:]
    /// Deliveries that the far side recognised as repeats.
    private(set) var repeats = 0
    private(set) var outOfOrder = 0
    private var known: Set<String> = []
    private var last: [String: Int] = [:]

    /// Notes a delivery; `call`: where the order within a call is promised.
    mutating func note(_ id: String, number: Int, call: String? = nil) {
        guard known.insert(id).inserted else { return repeats += 1 }
        copies[number, default: 0] += 1
        guard let call else { return }
        if let last = last[call], last > number { outOfOrder += 1 }
        last[call] = number
    }

    func missing(of events: Int) -> Int { (0..<events).count { copies[$0] == nil } }
    var duplicates: Int { copies.values.reduce(0) { $0 + $1 - 1 } }
}
