import Glibc

/// Cuts a byte stream into lines. A line that arrives whole is lent from the caller's buffer: nothing is copied and nothing
/// allocated; only what is left of a half line is kept.
struct LineFraming {
    enum Outcome {
        case wantsMore
        /// `deliver` said false: what is left is kept for `resume`.
        case paused
        /// A line is longer than the limit.
        case overrun
    }

    let limit: Int
    private var kept: [UInt8] = []
    /// How many of the kept bytes are known to hold no newline.
    private var searched = 0

    init(limit: Int) { self.limit = limit }

    /// Moves the content out: what is lent while lines are delivered is touched by nobody else.
    mutating func taken() -> LineFraming {
        var other = LineFraming(limit: limit)
        swap(&other, &self)
        return other
    }

    /// Bytes kept.
    var count: Int { kept.count }

    /// Lends every line that is complete now. `deliver` returns whether to go on.
    mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ deliver: (UnsafeRawBufferPointer) -> Bool
    ) -> Outcome {
        if kept.isEmpty {
            let (outcome, used) = cut(bytes, searchingFrom: 0, deliver)
            if used < bytes.count { kept.append(contentsOf: bytes[used...]) }
            searched = outcome == .paused ? 0 : kept.count
            return outcome
        }
        kept.append(contentsOf: bytes)
        return resume(deliver)
    }

    /// Goes on after a pause.
    mutating func resume(_ deliver: (UnsafeRawBufferPointer) -> Bool) -> Outcome {
        // Taken out, because `deliver` may lead back here.
        var bytes: [UInt8] = []
        swap(&bytes, &kept)
        let start = searched
        let (outcome, used) = bytes.withUnsafeBytes { cut($0, searchingFrom: start, deliver) }
        if used == bytes.count {
            // A long line should not cost its memory for ever.
            bytes.removeAll(keepingCapacity: bytes.capacity <= 4096)
        } else if used > 0 {
            bytes.removeFirst(used)
        }
        kept = bytes
        searched = outcome == .paused ? 0 : kept.count
        return outcome
    }

    private func cut(
        _ bytes: UnsafeRawBufferPointer,
        searchingFrom searched: Int,
        _ deliver: (UnsafeRawBufferPointer) -> Bool
    ) -> (Outcome, used: Int) {
        guard let base = bytes.baseAddress else { return (.wantsMore, 0) }
        var start = 0
        var search = searched
        while let found = memchr(base + search, 0x0A, bytes.count - search) {
            let end = UnsafeRawPointer(found) - base
            guard end - start <= limit else { return (.overrun, bytes.count) }
            let line = UnsafeRawBufferPointer(start: base + start, count: end - start)
            start = end + 1
            search = start
            guard deliver(line) else { return (.paused, start) }
        }
        guard bytes.count - start <= limit else { return (.overrun, bytes.count) }
        return (.wantsMore, start)
    }
}
