import CLinux
import Glibc
import Synchronization
import Testing

@testable import IO

@Suite(.serialized) struct LocalServerTests {
    @Test func `every line is answered, whole or in pieces, in order`() throws {
        let socket = try TestSocket()
        let client = try socket.connect()
        defer { close(client) }
        TestSocket.send(client, "one\ntwo\nthr")
        #expect(TestSocket.receive(client, 8) == "one\ntwo\n")
        TestSocket.send(client, "ee\n\nfour\n")
        #expect(TestSocket.receive(client, 12) == "three\n\nfour\n")
    }

    @Test func `a line of ten megabytes is refused with a word, and others are still served`() throws {
        let socket = try TestSocket()
        let (client, other) = (try socket.connect(), try socket.connect())
        defer { for descriptor in [client, other] { close(descriptor) } }
        TestSocket.send(client, String(repeating: "x", count: 10 << 20))
        #expect(TestSocket.receive(client) == "too long\n")
        TestSocket.send(other, "alive\n")
        #expect(TestSocket.receive(other, 6) == "alive\n")
    }

    @Test func `a long line within the bound arrives whole`() throws {
        let socket = try TestSocket()
        let client = try socket.connect()
        defer { close(client) }
        let line = String(repeating: "y", count: 1 << 20)
        TestSocket.send(client, line + "\n")
        #expect(TestSocket.receive(client, line.count + 1) == line + "\n")
    }

    @Test func `half lines of all connections together have a bound`() throws {
        var limits = LocalServer.Limits()
        limits.keptBytes = 100_000
        let socket = try TestSocket(limits: limits)
        let clients = try (0..<4).map { _ in try socket.connect() }
        defer { for client in clients { close(client) } }
        for client in clients { TestSocket.send(client, String(repeating: "z", count: 40_000)) }
        TestSocket.send(clients[0], "\n")
        #expect(TestSocket.receive(clients[0], 40_001).count == 40_001)
        var byte: UInt8 = 0
        let count = recv(clients[3], &byte, 1, 0)
        #expect(count == 0 || errno == ECONNRESET)
    }

    @Test func `a peer that ends its side still gets the answers it is owed`() throws {
        let socket = try TestSocket()
        let client = try socket.connect()
        defer { close(client) }
        TestSocket.send(client, "later 50\nlater 20\n")
        shutdown(client, Int32(SHUT_WR))
        #expect(TestSocket.receive(client) == "at last\nat last\n")
    }

    @Test func `requests beyond the owed bound wait, and none is lost`() throws {
        var limits = LocalServer.Limits()
        limits.owedAnswers = 4
        let socket = try TestSocket(limits: limits)
        let client = try socket.connect()
        defer { close(client) }
        TestSocket.send(client, String(repeating: "later 5\n", count: 20) + "end\n")
        let answers = TestSocket.receive(client, 164).split(separator: "\n")
        #expect(answers.count == 21 && answers.count { $0 == "at last" } == 20)
        // It is read once a fourth answer is not owed any more: three may still be, and come when they like.
        #expect(try #require(answers.firstIndex(of: "end")) >= 17)
    }

    @Test func `a peer that does not read is bounded, and gets the rest when it reads`() throws {
        var limits = LocalServer.Limits()
        limits.queuedBytes = 1 << 20
        let socket = try TestSocket(limits: limits)
        let (slow, quick) = (try socket.connect(), try socket.connect())
        defer { for descriptor in [slow, quick] { close(descriptor) } }
        TestSocket.send(slow, "flood 4096\nafter\n")
        TestSocket.send(quick, "hello\n")
        #expect(TestSocket.receive(quick, 6) == "hello\n")
        #expect(socket.handler.refused.load(ordering: .relaxed) == 3072)
        let length = (1 << 20) + 6
        let answer = TestSocket.receive(slow, length)
        #expect(answer.utf8.count == length)
        #expect(answer.hasSuffix("after\n"))
    }

    @Test func `the peer's user is known and the socket is its owner's alone`() throws {
        let socket = try TestSocket()
        let client = try socket.connect()
        defer { close(client) }
        TestSocket.send(client, "who\n")
        #expect(TestSocket.receive(client, "\(getuid())\n".utf8.count) == "\(getuid())\n")
        var status = stat()
        #expect(lstat(socket.server.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `a socket in use is refused by name, a stale one is replaced`() throws {
        let path = try {
            let socket = try TestSocket()
            #expect(throws: IOFailure.cannotListen(socket.server.path, reason: "another process serves this socket")) {
                try LocalServer(path: socket.server.path, loop: socket.loop, handler: socket.handler)
            }
            return socket.server.path
        }()
        let folder = String(path.dropLast("/socket".count))
        mkdir(folder, 0o700)
        let stale = clinux_listen_unix(path, 1)
        close(stale)
        let loop = try PollLoop(name: "test")
        #expect(throws: Never.self) { try LocalServer(path: path, loop: loop, handler: LineEcho()) }
        unlink(path)
        unlink("\(path).lock")
        rmdir(folder)
    }

    /// What the tests before this one still hold.
    private static var openDescriptors: Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    @Test func `ten thousand idle connections do not slow the one that works`() throws {
        // Both ends are this process's. Where the limit cannot be raised there are as many as fit.
        var limit = rlimit(rlim_cur: 30_000, rlim_max: 30_000)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let room = Int(clinux_raise_descriptor_limit()) - Self.openDescriptors - 1000
        let count = min(10_000, room / 2)
        let socket = try TestSocket()
        var idle: [Int32] = []
        defer { for client in idle { close(client) } }
        for _ in 0..<count { idle.append(try socket.connect()) }
        let client = try socket.connect()
        defer { close(client) }
        let clock = ContinuousClock()
        let took = clock.measure {
            for _ in 0..<1000 {
                TestSocket.send(client, "ping\n")
                #expect(TestSocket.receive(client, 5) == "ping\n")
            }
        }
        #expect(took < .milliseconds(1500))
        #expect(socket.handler.opened.load(ordering: .relaxed) == count + 1)
    }

    @Test func `connections beyond the bound are turned away`() throws {
        var limits = LocalServer.Limits()
        limits.connections = 2
        let socket = try TestSocket(limits: limits)
        let clients = try (0..<3).map { _ in try socket.connect() }
        defer { for client in clients { close(client) } }
        #expect(TestSocket.receive(clients[2]).isEmpty)
        TestSocket.send(clients[1], "in\n")
        #expect(TestSocket.receive(clients[1], 3) == "in\n")
    }
}
