import Core
import Glibc
import Synchronization
import Testing

@testable import IO

@Suite struct HTTPServerTests {
    @Test func `a request is answered with what the handler says, query and headers as sent`() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let answer = try server.exchange(
            "GET /a/b?x=1&y=%2B HTTP/1.1\r\nHost: here\r\nUser-Agent: me\r\nX-Signature: abc\r\nConnection: close\r\n\r\n"
        )
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(answer.hasSuffix("GET /a/b x=1&y=%2B abc \n"))
    }

    @Test func `a connection serves one request after the other`() throws {
        let server = try TestServer()
        defer { server.stop() }
        let peer = try RawPeer(port: server.server.port)
        for number in 0..<3 {
            peer.send("GET /\(number) HTTP/1.1\r\nHost: here\r\n\r\n")
            #expect(peer.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            #expect(peer.receive(until: "\n") == "GET /\(number)   \n")
        }
    }

    @Test func `requests sent ahead are answered one by one`() throws {
        let server = try TestServer()
        defer { server.stop() }
        let peer = try RawPeer(port: server.server.port)
        peer.send((0..<3).map { "GET /\($0) HTTP/1.1\r\nHost: here\r\n\r\n" }.joined())
        for number in 0..<3 {
            #expect(peer.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            #expect(peer.receive(until: "\n") == "GET /\(number)   \n")
        }
    }

    @Test func `a large answer arrives whole, and only its length for HEAD`() throws {
        let server = try TestServer()
        defer { server.stop() }
        let peer = try RawPeer(port: server.server.port)
        peer.send("HEAD /large HTTP/1.1\r\nHost: here\r\n\r\n")
        #expect(peer.receive(until: "\r\n\r\n").contains("content-length: 3000000\r\n"))
        peer.send("GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        #expect(peer.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(peer.receive(3_000_000)?.allSatisfy { $0 == 0x6C } == true)
    }

    @Test func `a line break in a header's value makes no second header`() throws {
        let server = try TestServer()
        defer { server.stop() }
        let peer = try RawPeer(port: server.server.port)
        peer.send("GET /header HTTP/1.1\r\nHost: here\r\n\r\n")
        let head = peer.receive(until: "\r\n\r\n")
        #expect(head.contains("x-said: one  two: three\r\n"))
    }

    @Test func `garbage is not served, and hurts nobody`() throws {
        let server = try TestServer()
        defer { server.stop() }
        let garbage = try RawPeer(port: server.server.port)
        garbage.send([0, 255, 13, 10] + [UInt8](repeating: 7, count: 20_000))
        #expect(!garbage.receive(until: "\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(
            try server.exchange("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200")
        )
    }

    @Test func `a body arrives whole`() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let body = String(repeating: "b", count: 100_000)
        let answer = try server.exchange(
            "POST /p HTTP/1.1\r\nHost: here\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n"
                + body
        )
        #expect(answer.hasSuffix("POST /p   \(body)\n"))
    }

    @Test func `a body above the bound is refused with 413`() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let answer = try server.exchange("POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 9000000\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 413"))
    }

    @Test func `a port in use is told with address and remedy`() throws {
        let server = try TestServer()
        defer { server.stop() }
        #expect {
            try HTTPServer(host: "127.0.0.1", port: server.server.port, loops: [server.loop], handler: EchoHandler())
        } throws: { error in
            "\(error)".contains("127.0.0.1:\(server.server.port)") && "\(error)".contains("in use")
        }
    }
}
