import Control
import JSONKit
import Testing

/// JSON-RPC 2.0 to the letter; the batches are those of the specification, with our methods.
@Suite struct ProtocolTests {
    let bench: ControlBench
    let peer: Peer

    init() throws {
        bench = try ControlBench()
        peer = try bench.connect()
    }

    private func code(_ answer: JSON) -> Int64? { answer["error"]?["code"]?.int }

    @Test func `a request is answered with its id as it was sent`() throws {
        for id in ["1", "\"a\"", "null", "-7", "\"\"", "1.5"] {
            let answer = try peer.ask(#"{"jsonrpc":"2.0","method":"system.health","id":\#(id)}"#)
            #expect(answer["id"] == (try JSON(parsing: id)))
            #expect(answer["jsonrpc"] == "2.0")
            #expect(answer["result"]?["status"] == "ok")
            #expect(answer["error"] == nil)
        }
    }

    @Test func `a notification is never answered, not even in a batch or on an error`() throws {
        peer.send(#"{"jsonrpc":"2.0","method":"system.health"}"# + "\n")
        peer.send(#"{"jsonrpc":"2.0","method":"no.such"}"# + "\n")
        peer.send(#"[{"jsonrpc":"2.0","method":"system.health"},{"jsonrpc":"2.0","method":"agent.list"}]"# + "\n")
        #expect(try peer.ask(#"{"jsonrpc":"2.0","method":"system.health","id":9}"#)["id"] == 9)
    }

    @Test(arguments: [
        (#"{"jsonrpc":"2.0","method":"foobar, "params":"bar","baz]"#, -32700),
        (#"[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method""#, -32700),
        (#"{"jsonrpc":"2.0","method":1,"params":"bar"}"#, -32600),
        (#"{"jsonrpc":"1.0","method":"system.health","id":1}"#, -32600),
        (#"{"method":"system.health","id":1}"#, -32600),
        (#"{"jsonrpc":"2.0","method":"system.health","id":{}}"#, -32600),
        (#"{"jsonrpc":"2.0","method":"system.health","params":3,"id":1}"#, -32600),
        (#"{"jsonrpc":"2.0","method":"foobar","id":1}"#, -32601),
        (#"{"jsonrpc":"2.0","method":"system.health","params":[1],"id":1}"#, -32602),
        (#"{"jsonrpc":"2.0","method":"event.list","params":{"limit":0},"id":1}"#, -32602),
        (#"{"jsonrpc":"2.0","method":"event.list","params":{"limitt":1},"id":1}"#, -32602),
        ("[]", -32600), ("7", -32600), ("\"x\"", -32600), ("\u{0}", -32700), ("{}{}", -32700),
    ])
    func `what is no proper request gets the code that the specification demands`(line: String, code: Int) throws {
        let answer = try peer.ask(line)
        #expect(self.code(answer) == Int64(code))
        if code == -32700 { #expect(answer["id"] == .null) }
        #expect(try peer.call("system.health")["result"] != nil, "the connection goes on")
    }

    @Test func `an invalid batch is answered element by element`() throws {
        let one = try peer.ask("[1]")
        #expect(one.array?.count == 1)
        #expect(one[0].map(code) == -32600)
        let three = try peer.ask("[1,2,3]")
        #expect(three.array?.map(code) == [-32600, -32600, -32600])
    }

    @Test func `a mixed batch is answered without its notifications, in its order`() throws {
        let answer = try peer.ask(
            #"[{"jsonrpc":"2.0","method":"agent.list","id":"1"},{"jsonrpc":"2.0","method":"system.health"},"#
                + #"{"jsonrpc":"2.0","method":"system.health","id":"2"},{"foo":"boo"},"#
                + #"{"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"},"#
                + #"{"jsonrpc":"2.0","method":"config.get","id":"9"}]"#
        )
        #expect(answer.array?.map { $0["id"] } == ["1", "2", .null, "5", "9"])
        #expect(answer.array?.map(code) == [nil, nil, -32600, -32601, nil])
    }

    @Test func `a batch longer than the bound is refused whole`() throws {
        let request = #"{"jsonrpc":"2.0","method":"system.health","id":1}"#
        let whole = try peer.ask("[" + Array(repeating: request, count: 1000).joined(separator: ",") + "]")
        #expect(whole.array?.count == 1000)
        let refused = try peer.ask("[" + Array(repeating: request, count: 1001).joined(separator: ",") + "]")
        #expect(code(refused) == -32600)
    }

    @Test func `a wrong parameter is named, and the right name proposed`() throws {
        let answer = try peer.call("event.list", ["limitt": 1])
        #expect(answer["error"]?["data"]?["field"] == "limitt")
        #expect(answer["error"]?["data"]?["error"] == "invalid_params")
        #expect(answer["error"]?["message"]?.string?.contains("did you mean limit?") == true)
        let method = try peer.call("plugin.lsit")
        #expect(method["error"]?["message"]?.string?.contains("did you mean plugin.list?") == true)
    }

    @Test func `deep nesting is an error, not a crash`() throws {
        let depth = 100_000
        let answer = try peer.ask(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        #expect(code(answer) == -32700)
        #expect(try peer.call("system.health")["result"] != nil)
    }

    @Test func `half a line waits for its other half, and a blank line is passed over`() throws {
        peer.send(#"{"jsonrpc":"2.0","met"#)
        let other = try bench.connect()
        #expect(try other.call("system.health")["result"] != nil, "nobody else waits")
        #expect(try peer.ask(#"hod":"system.health","id":1}"#)["result"] != nil)
        peer.send("\n \r\n")
        #expect(try peer.call("system.health")["result"] != nil)
    }

    @Test func `a line of ten megabytes gets an error and the end`() throws {
        peer.send(String(repeating: "x", count: 10_000_000))
        let answer = try peer.json()
        #expect(code(answer) == -32600)
        #expect(answer["id"] == .null)
        #expect(peer.line() == nil)
        #expect(try bench.connect().call("system.health")["result"] != nil)
    }

    @Test func `a peer that ends its side still gets its answers`() throws {
        for id in 1...20 { peer.send(#"{"jsonrpc":"2.0","method":"agent.list","id":\#(id)}"# + "\n") }
        peer.end()
        var ids: Set<Int64> = []
        while let line = peer.line() { ids.insert(try #require(try JSON(parsing: line)["id"]?.int)) }
        #expect(ids == Set(1...20))
    }

    @Test func `a peer that does not read is let go, and others are served meanwhile`() throws {
        let line = #"{"jsonrpc":"2.0","method":"rpc.discover","id":1}"# + "\n"
        var sent = 0
        while sent < 5000, peer.send(String(repeating: line, count: 10)) {
            sent += 10
            if sent.isMultiple(of: 1000) { #expect(try bench.connect().call("system.health")["result"] != nil) }
            if sent > 200 { break }
        }
        #expect(try bench.connect().call("system.health")["result"] != nil)
    }
}
