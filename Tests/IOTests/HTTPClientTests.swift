import Core
import Synchronization
import Testing

@testable import IO

/// The client against our own server.
@Suite struct HTTPClientTests {
    private func loop() throws -> PollLoop {
        let loop = try PollLoop(name: "client")
        loop.start()
        return loop
    }

    @Test func `a request comes back with status, headers and body`() async throws {
        let (server, loop) = (try TestServer(), try loop())
        defer { server.stop() }
        let client = HTTPClient(loop: loop)
        let url = "http://127.0.0.1:\(server.server.port)/a?b=c"
        let request = ClientRequest("POST", url, headers: [("X-Signature", "sig")], body: Array("hello".utf8))
        let response = try await client.fetch(request)
        #expect(response.status == 200)
        #expect(response.header("content-type") == "text/plain; charset=utf-8")
        #expect(String(decoding: response.body, as: UTF8.self) == "POST /a b=c sig hello\n")
    }

    @Test func `a hundred requests at once are all answered`() async throws {
        let (server, loop) = (try TestServer(), try loop())
        defer { server.stop() }
        let client = HTTPClient(loop: loop)
        let port = server.server.port
        let statuses = await withTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let request = ClientRequest("GET", "http://127.0.0.1:\(port)/\(number)")
                    return (try? await client.fetch(request).status) ?? 0
                }
            }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 200, count: 100))
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::ffff:127.0.0.1]",
    ])
    func `a request from elsewhere does not reach this machine or its network, whatever it is called`(
        host: String
    ) async throws {
        let (server, loop) = (try TestServer(), try loop())
        defer { server.stop() }
        let client = HTTPClient(loop: loop)
        // A connection that is open already must not be a way in.
        _ = try await client.fetch(ClientRequest("GET", "http://127.0.0.1:\(server.server.port)/open"))
        var request = ClientRequest("GET", "http://\(host):\(server.server.port)/inside")
        request.isPrivateAllowed = false
        request.totalTimeout = .seconds(5)
        await #expect(throws: IOFailure.self) { try await client.fetch(request) }
    }

    @Test func `nobody there is an error that names the address`() async throws {
        let client = HTTPClient(loop: try loop())
        let error = await #expect(throws: IOFailure.self) {
            try await client.fetch(ClientRequest("GET", "http://127.0.0.1:1/nothing"))
        }
        #expect("\(error, default: "")".contains("127.0.0.1:1"))
    }

    @Test func `an answer that does not come is given up in time`() async throws {
        // The system accepts connections to a socket that listens; nobody answers.
        let silent = try HTTPServer(
            host: "127.0.0.1",
            port: 0,
            loops: [try SocketLoop(name: "silent")],
            handler: EchoHandler()
        )
        let client = HTTPClient(loop: try loop())
        var request = ClientRequest("GET", "http://127.0.0.1:\(silent.port)/")
        request.totalTimeout = .milliseconds(100)
        let url = request.url
        await #expect(throws: IOFailure.timedOut("GET \(url)")) { try await client.fetch(request) }
    }

    @Test func `an answer above the bound is refused`() async throws {
        let (server, loop) = (try TestServer(), try loop())
        defer { server.stop() }
        let client = HTTPClient(loop: loop)
        let url = "http://127.0.0.1:\(server.server.port)/"
        await #expect(throws: IOFailure.malformed("an answer of more than 3 bytes")) {
            try await client.fetch(ClientRequest("GET", url), limit: 3)
        }
    }

    @Test func `a request that is cancelled while its answer comes says nothing more`() async throws {
        let (server, loop) = (try TestServer(), try loop())
        defer { server.stop() }
        let client = HTTPClient(loop: loop)
        let impatient = Impatient(client)
        let request = ClientRequest("GET", "http://127.0.0.1:\(server.server.port)/large")
        loop.perform { impatient.number.store(client.start(request, impatient), ordering: .relaxed) }
        var pieces = impatient.arrivals.makeAsyncIterator()
        await pieces.next()
        // Another request is served to its end afterwards: the client is as it was.
        #expect(try await client.fetch(request).body.count == 3_000_000)
        #expect(impatient.pieces.load(ordering: .relaxed) == 1)
        #expect(impatient.isDone.load(ordering: .relaxed) == false)
    }

    @Test func `a request that is cancelled as soon as it is started is never made`() async throws {
        let (server, loop) = (try TestServer(), try loop())
        defer { server.stop() }
        let client = HTTPClient(loop: loop)
        let impatient = Impatient(client)
        let base = "http://127.0.0.1:\(server.server.port)"
        loop.perform { client.cancel(client.start(ClientRequest("GET", base + "/"), impatient)) }
        #expect(try await client.fetch(ClientRequest("GET", base + "/large")).status == 200)
        #expect(impatient.pieces.load(ordering: .relaxed) == 0)
        #expect(impatient.isDone.load(ordering: .relaxed) == false)
    }
}

/// Cancels its request with the first piece.
private final class Impatient: HTTPClientHandler {
    let number = Atomic<UInt64>(0)
    let pieces = Atomic<Int>(0)
    let isDone = Atomic<Bool>(false)
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private let client: HTTPClient

    init(_ client: HTTPClient) {
        self.client = client
        (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {}

    func body(_ bytes: UnsafeRawBufferPointer) {
        pieces.add(1, ordering: .relaxed)
        client.cancel(number.load(ordering: .relaxed))
        arrival.yield()
    }

    func done(_ failure: IOFailure?) { isDone.store(true, ordering: .relaxed) }
}
