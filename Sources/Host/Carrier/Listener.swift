import Core

/// Measures on the socket how long the caller waits for each answer: from the last sample of the caller's above silence to
/// the first one of the agent's, each at the moment at which it passes in real time. It knows nothing of the host.
///
/// What the host sends ahead is heard when all before it has been. A message's samples are dated around the moment at which
/// it is sent, since they are spoken before it and could be heard behind it. A pure value.
struct Listener {
    private(set) var answers: [Answer] = []
    private let begin: Moment
    private var lastSaid: Moment?
    private var lastHeard: Moment?
    private var playedUntil: Moment
    /// The caller has said something that has no answer yet.
    private var isAwaited = false
    /// A sound is a stretch of 5 ms, 40 samples, whose mean square is beyond 45 decibels below full scale.
    private static let stretch = 40
    private static let bound = 33_954
    private static let half = Int64(10_000)

    init(begin: Moment) { (self.begin, playedUntil) = (begin, begin) }

    /// A message of the caller's goes out.
    mutating func said(_ samples: [Int16], at now: Moment) {
        guard let last = Self.sounds(samples)?.last else { return }
        let behind = Int64(samples.count - 1 - last) * 125
        lastSaid = Moment(microseconds: now.microseconds - behind + Self.half)
        isAwaited = true
    }

    /// A message of the agent's came.
    mutating func received(_ samples: [Int16], at now: Moment) {
        let start = max(now, playedUntil)
        playedUntil = start + .microseconds(Int64(samples.count) * 125)
        guard let (first, last) = Self.sounds(samples) else { return }
        let heard = start + .microseconds(Int64(first) * 125)
        // An answer follows on silence: what the agent was saying before is none.
        if isAwaited, let said = lastSaid, heard > said, lastHeard.map({ $0 < said }) ?? true {
            answers.append(
                Answer(silentFrom: said.milliseconds(since: begin), heardFrom: heard.milliseconds(since: begin))
            )
            isAwaited = false
        }
        lastHeard = start + .microseconds(Int64(last) * 125)
    }

    /// The first and the last sample of what is a sound in a message.
    private static func sounds(_ samples: [Int16]) -> (first: Int, last: Int)? {
        var result: (first: Int, last: Int)?
        for start in stride(from: 0, to: samples.count, by: stretch) {
            let range = start..<min(start + stretch, samples.count)
            let squares = samples[range].map { Int($0) * Int($0) }
            guard squares.reduce(0, +) > bound * range.count,
                let first = squares.firstIndex(where: { $0 > bound }),
                let last = squares.lastIndex(where: { $0 > bound })
            else { continue }
            result = (result?.first ?? start + first, start + last)
        }
        return result
    }

    /// What was not heard yet never will be.
    mutating func cleared(at now: Moment) {
        playedUntil = min(playedUntil, now)
        lastHeard = lastHeard.map { min($0, now) }
        if let last = answers.last, last.heardFrom > now.milliseconds(since: begin) {
            answers.removeLast()
            lastHeard = nil
            isAwaited = true
        }
    }
}
