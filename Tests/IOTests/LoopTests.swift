import Core
import Glibc
import Synchronization
import Testing

@testable import IO

/// Lets another thread go on.
func usleepShortly() { usleep(10_000) }

/// Both loops keep the same promises.
@Suite struct LoopTests {
    enum Sort: CaseIterable { case poll, socket }

    private func run(_ sort: Sort, _ body: @Sendable (any EventLoop) -> Void) throws {
        switch sort {
        case .poll:
            let loop = try PollLoop(name: "test")
            loop.start()
            body(loop)
            loop.stop()
        case .socket:
            let loop = try SocketLoop(name: "test")
            loop.start()
            body(loop)
            loop.stop()
        }
    }

    /// Waits until `list` has so many lines.
    private func wait(_ list: borrowing Mutex<[String]>, count: Int) -> [String] {
        for _ in 0..<500 where list.withLock({ $0.count < count }) { usleepShortly() }
        return list.withLock { $0 }
    }

    @Test(arguments: Sort.allCases) func `timers fire in the order of their times, then of their making`(_ sort: Sort)
        throws
    {
        let fired = Mutex<[String]>([])
        try run(sort) { loop in
            loop.perform {
                let start = loop.now
                for (delay, name) in [(30, "c"), (10, "a"), (20, "b"), (30, "d"), (0, "first")] {
                    loop.schedule(at: start + .milliseconds(delay)) { fired.withLock { $0.append(name) } }
                }
            }
            #expect(wait(fired, count: 5) == ["first", "a", "b", "c", "d"])
        }
    }

    @Test(arguments: Sort.allCases) func `a timer is on time, and a cancelled one silent`(_ sort: Sort) throws {
        let fired = Mutex<[String]>([])
        try run(sort) { loop in
            loop.perform {
                let due = loop.now + .milliseconds(50)
                let cancelled = loop.schedule(at: due) { fired.withLock { $0.append("never") } }
                loop.schedule(at: due) {
                    let late = loop.now - due
                    fired.withLock { $0.append(late >= .zero && late < .milliseconds(200) ? "in time" : "\(late)") }
                }
                loop.cancel(cancelled)
            }
            #expect(wait(fired, count: 1) == ["in time"])
        }
    }

    @Test(arguments: Sort.allCases) func `work from other threads runs on the loop, in each thread's order`(
        _ sort: Sort
    ) throws {
        let seen = Mutex<[String]>([])
        try run(sort) { loop in
            for thread in 0..<4 {
                Thread.start(name: "other") {
                    for number in 0..<500 {
                        loop.perform { seen.withLock { $0.append(loop.isCurrent ? "\(thread) \(number)" : "astray") } }
                    }
                }
            }
            let all = wait(seen, count: 2000)
            for thread in 0..<4 {
                #expect(all.filter { $0.hasPrefix("\(thread) ") } == (0..<500).map { "\(thread) \($0)" })
            }
        }
    }

    @Test(arguments: Sort.allCases) func `work that is performed on the loop itself runs after what runs now`(
        _ sort: Sort
    ) throws {
        let seen = Mutex<[String]>([])
        try run(sort) { loop in
            loop.perform {
                loop.perform { seen.withLock { $0.append("second") } }
                seen.withLock { $0.append("first") }
            }
            #expect(wait(seen, count: 2) == ["first", "second"])
        }
    }

    @Test func `a certificate that is none is told by its path`() {
        let identity = SocketLoop.Identity(certificate: "/dev/null", key: "/nowhere")
        let failure = IOFailure.unusable("the certificate /dev/null, or its key /nowhere")
        #expect(throws: failure) { try SocketLoop(name: "test", identity: identity) }
    }

    @Test func `a socket loop that ends closes its inner loop's descriptor once, not twice`() throws {
        let loop = try SocketLoop(name: "test")
        loop.start()
        loop.stop()
        // The inner loop lives as long as `loop` does; what libwebsockets closes is a copy.
        for _ in 0..<20 {
            usleepShortly()
            #expect(fcntl(loop.inner.descriptor, F_GETFD) >= 0)
        }
    }

    @Test(arguments: Sort.allCases) func `an actor may live on a loop`(_ sort: Sort) async throws {
        let loop: any EventLoop
        switch sort {
        case .poll:
            let poll = try PollLoop(name: "test")
            poll.start()
            loop = poll
        case .socket:
            let socket = try SocketLoop(name: "test")
            socket.start()
            loop = socket
        }
        let resident = Resident(loop)
        #expect(await resident.isHome)
        (loop as? PollLoop)?.stop()
        (loop as? SocketLoop)?.stop()
    }
}

actor Resident {
    private let loop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ loop: any EventLoop) { self.loop = loop }

    var isHome: Bool { loop.isCurrent }
}
