/// What comes first by a key, and among equal keys by the order of the values. A binary heap.
struct Heap {
    private var entries: [(key: Int64, value: Int32)] = []

    var first: (key: Int64, value: Int32)? { entries.first }
    var count: Int { entries.count }

    mutating func reserve(_ capacity: Int) { entries.reserveCapacity(capacity) }

    mutating func add(_ value: Int32, key: Int64) {
        entries.append((key, value))
        var index = entries.count - 1
        while index > 0, isBefore(index, (index - 1) / 2) {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func pop() -> (key: Int64, value: Int32)? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var index = 0
        while true {
            var least = index
            let child = 2 * index + 1
            if child < entries.count, isBefore(child, least) { least = child }
            if child + 1 < entries.count, isBefore(child + 1, least) { least = child + 1 }
            guard least != index else { return first }
            entries.swapAt(index, least)
            index = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (entries[left], entries[right])
        return left.key != right.key ? left.key < right.key : left.value < right.value
    }
}
