/// The timers of one loop, ordered by time and, within one time, by creation. A binary heap; cancelling marks.
public struct TimerQueue {
    private struct Entry {
        let time: Moment
        let number: UInt64
    }

    private var heap: [Entry] = []
    private var work: [UInt64: () -> Void] = [:]
    private var next: UInt64 = 0

    public init() {}

    /// When the first timer is due.
    public var first: Moment? { mutating get { dropCancelled(); return heap.first?.time } }

    public mutating func add(at time: Moment, _ action: @escaping () -> Void) -> TimerID {
        next += 1
        work[next] = action
        heap.append(Entry(time: time, number: next))
        siftUp(heap.count - 1)
        return TimerID(number: next)
    }

    /// Harmless for a timer that has fired.
    public mutating func cancel(_ timer: TimerID) {
        work[timer.number] = nil
        // Deadlines are mostly cancelled long before they are due: their marks must not pile up until then.
        if heap.count > 64, heap.count > 2 * work.count { compact() }
    }

    private mutating func compact() {
        // A sorted array is a heap.
        heap = heap.filter { work[$0.number] != nil }.sorted { isBefore($0, $1) }
    }

    /// Takes the first timer that is due at `now`.
    public mutating func popDue(at now: Moment) -> (() -> Void)? {
        dropCancelled()
        guard let entry = heap.first, entry.time <= now else { return nil }
        removeFirst()
        return work.removeValue(forKey: entry.number)
    }

    private mutating func dropCancelled() {
        while let entry = heap.first, work[entry.number] == nil { removeFirst() }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown()
    }

    private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.time != right.time ? left.time < right.time : left.number < right.number
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0, isBefore(heap[index], heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func siftDown() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && isBefore(heap[child], heap[least]) {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
