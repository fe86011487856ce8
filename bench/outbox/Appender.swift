import Console
import Glibc
import JSONKit
import Staging
import Synchronization

/// Writes facts over the control socket, each lane on a connection and a thread of its own. What is not acknowledged, because
/// the host was killed meanwhile, is offered again with the same identifiers.
final class Appender: Sendable {
    struct Figures {
        var acknowledged = 0
        /// Seconds of each call that was answered.
        var waits: [Double] = []
        var askedAgain = 0
        var lanesEnded = 0
        var failure: BenchFailure?
    }

    let state = Mutex(Figures())
    private let socket: String
    private let events: Int
    private let lanes: Int
    private let batch: Int
    private let prefix: String
    private let interval: Double

    /// `prefix` makes the identifiers different from those of another run in the same log; `rate` is events a second, of
    /// all lanes; 0: as fast as they are acknowledged.
    init(_ scene: Scene, events: Int, lanes: Int, batch: Int, prefix: String = "fact", rate: Int = 0) {
        interval = rate > 0 ? Double(batch * lanes) / Double(rate) : 0
        (socket, self.events, self.lanes, self.batch) = (scene.socket, events, lanes, batch)
        self.prefix = prefix
    }

    var acknowledged: Int { state.withLock { $0.acknowledged } }
    var isOver: Bool { state.withLock { $0.lanesEnded == lanes } }

    func start() { for lane in 0..<lanes { Thread.start { self.write(lane) } } }

    private func write(_ lane: Int) {
        var client: ControlClient?
        var next = lane
        var due = Terminal.now + interval * Double(lane) / Double(lanes)
        while next < events {
            let facts = stride(from: next, to: events, by: lanes).prefix(batch).map {
                Fact($0, lane: lane, prefix: prefix)
            }
            // A batch that is late because the one before it was is late for whoever waits for it.
            if interval > 0 { usleep(UInt32(max(0, due - Terminal.now) * 1e6)) }
            let start = interval > 0 ? due : Terminal.now
            due += interval
            do {
                let open = try client ?? ControlClient(socket)
                client = open
                _ = try open.call("event.append", ["events": .array(facts.map(\.json))], seconds: 20)
                let wait = Terminal.now - start
                state.withLock {
                    $0.acknowledged += facts.count
                    $0.waits.append(wait)
                }
                next += facts.count * lanes
            } catch ConsoleFailure.refused(let code, let message, _) where code != -32603 && code != 1601 {
                state.withLock { $0.failure = BenchFailure("event.append: \(message)") }
                break
            } catch {
                client = nil
                state.withLock { $0.askedAgain += 1 }
                usleep(5000)
            }
        }
        state.withLock { $0.lanesEnded += 1 }
    }
}
