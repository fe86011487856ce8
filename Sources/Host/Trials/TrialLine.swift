import Calls
import Core

/// The caller's end of a line: plays what it gets in its own time, says when it was heard, drops all on `clear`.
final class TrialLine: Line {
    private let loop: ManualLoop
    private var playedUntil = Moment(microseconds: 0)
    private var marks: [(name: String, timer: TimerID)] = []
    weak var call: LiveCall?
    /// When each stretch of the agent's speech began to be heard.
    private(set) var beginnings: [Moment] = []
    private(set) var closed: String?
    /// The numbers that the agent gave the line to.
    private(set) var transfers: [String] = []

    init(loop: ManualLoop) { self.loop = loop }

    /// Whether the agent is heard at this moment.
    var isPlaying: Bool { playedUntil > loop.now }

    func play(_ samples: Span<Int16>) {
        if playedUntil < loop.now + .milliseconds(1) { beginnings.append(loop.now) }
        playedUntil = max(playedUntil, loop.now) + .milliseconds(20)
    }

    func mark(_ name: String) {
        let timer = loop.schedule(at: max(playedUntil, loop.now)) { [weak self] in
            self?.marks.removeAll { $0.name == name }
            self?.call?.marked(name)
        }
        marks.append((name, timer))
    }

    func clear() {
        playedUntil = loop.now
        // As carriers do it: what was cleared is marked as played.
        let names = marks.map(\.name)
        for mark in marks { loop.cancel(mark.timer) }
        marks = []
        for name in names {
            _ = loop.schedule(at: loop.now + .milliseconds(1)) { [weak self] in self?.call?.marked(name) }
        }
    }

    /// Every transfer succeeds.
    func transfer(to number: String, _ done: @escaping (String?) -> Void) {
        transfers.append(number)
        done(nil)
    }

    func close(reason: String) {
        closed = reason
        for mark in marks { loop.cancel(mark.timer) }
        marks = []
    }
}
