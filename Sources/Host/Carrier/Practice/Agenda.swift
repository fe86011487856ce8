/// What is to happen when, in order of time and, within one time, as it was entered. A binary heap.
struct Agenda {
    /// What happens next to a call.
    enum Step {
        case ring, answer, giveUp, detect, finish
        /// A callback that was held up.
        case tell
        /// A call that waits may begin.
        case admit
    }

    struct Entry {
        let time: Int64
        let order: UInt64
        let call: Int
        let step: Step
    }

    private var heap: [Entry] = []
    private var next: UInt64 = 0

    var first: Int64? { heap.first?.time }

    /// The entry's order, which names it.
    @discardableResult mutating func add(_ step: Step, _ call: Int, at time: Int64) -> UInt64 {
        next += 1
        heap.append(Entry(time: time, order: next, call: call, step: step))
        var index = heap.count - 1
        while index > 0, isBefore(index, (index - 1) / 2) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
        return next
    }

    /// Takes the first entry that is due.
    mutating func popDue(at now: Int64) -> Entry? {
        guard let first = heap.first, first.time <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return first
    }

    private mutating func siftDown() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (heap[left], heap[right])
        return left.time != right.time ? left.time < right.time : left.order < right.order
    }
}
