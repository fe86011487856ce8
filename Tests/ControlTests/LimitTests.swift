import CLinux
import Core
import Glibc
import JSONKit
import RPCSchema
import Synchronization
import Testing

@testable import Control

/// What happens at the bounds.
@Suite struct LimitTests {
    /// Collects what the protocol sends, without a socket.
    final class Collector: Outlet {
        var text: [UInt8] = []
        var owed = 0
        var isClosed = false
        var bound = Int.max

        func send(_ write: (inout [UInt8]) -> Void) -> Bool {
            guard text.count < bound else { return false }
            write(&text)
            return true
        }
        func owe() { owed += 1 }
        func settle() { owed -= 1 }
        func close() { isClosed = true }
        var queuedBytes: Int { text.count }
        var lines: [JSON] {
            String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
        }
    }

    private let loop = ManualLoop()
    private let outlet = Collector()

    private func dispatcher(_ methods: [Method]) throws -> Dispatcher {
        try Dispatcher(interface: Interface(), methods: methods, loop: loop)
    }

    private func send(_ text: String, to dispatcher: Dispatcher, from client: Client) {
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { dispatcher.received($0, from: client) }
    }

    private func client(_ role: Role? = .admin) -> Client { Client(role: role, outlet: outlet, loop: loop) }

    @Test func `a request that takes too long is answered at its deadline, and only then`() throws {
        let never = Method.slow("agent.list") { _ in
            await withCheckedContinuation { (_: CheckedContinuation<JSON, Never>) in }
        }
        let dispatcher = try dispatcher([never])
        send(#"{"jsonrpc":"2.0","id":1,"method":"agent.list"}"#, to: dispatcher, from: client())
        #expect(outlet.owed == 1)
        loop.advance(by: .milliseconds(9_999))
        #expect(outlet.lines.isEmpty)
        loop.advance(by: .milliseconds(2))
        #expect(outlet.lines.map { $0["error"]?["data"]?["error"] } == ["timed_out"])
        #expect(outlet.lines[0]["error"]?["data"]?["retryable"] == true)
        #expect(outlet.owed == 0)
    }

    @Test func `more slow requests than the bound are refused, quick ones are not`() throws {
        let never = Method.slow("agent.list") { _ in
            await withCheckedContinuation { (_: CheckedContinuation<JSON, Never>) in }
        }
        let quick = Method.quick("system.health") { _ in [:] }
        let dispatcher = try dispatcher([never, quick])
        let client = client()
        for id in 1...Dispatcher.runningBound {
            send(#"{"jsonrpc":"2.0","id":\#(id),"method":"agent.list"}"#, to: dispatcher, from: client)
        }
        #expect(outlet.lines.isEmpty)
        send(#"{"jsonrpc":"2.0","id":"more","method":"agent.list"}"#, to: dispatcher, from: client)
        send(#"{"jsonrpc":"2.0","id":"quick","method":"system.health"}"#, to: dispatcher, from: client)
        #expect(outlet.lines.map { $0["id"] } == ["more", "quick"])
        #expect(outlet.lines[0]["error"]?["code"] == 1005)
        #expect(outlet.lines[1]["result"] != nil)
    }

    @Test func `a peer that does not read its answers is let go`() throws {
        let dispatcher = try dispatcher([.quick("system.health") { _ in ["status": "ok"] }])
        outlet.bound = 10_000
        let client = client()
        for _ in 1...1000 where !outlet.isClosed {
            send(#"{"jsonrpc":"2.0","id":1,"method":"system.health"}"#, to: dispatcher, from: client)
        }
        #expect(outlet.isClosed)
        #expect(outlet.text.count < 11_000)
    }

    @Test func `each method asks for its role`() throws {
        let interface = try Interface()
        let methods = interface.callable.map { operation in Method.quick(operation.name) { _ in [:] } }
        let dispatcher = try dispatcher(methods)
        for operation in interface.callable {
            for role in [nil, Role.read, .write, .admin] {
                outlet.text = []
                let request = #"{"jsonrpc":"2.0","id":1,"method":"\#(operation.name)","params":{"bad":1}}"#
                send(request, to: dispatcher, from: client(role))
                let isAllowed = role.map { $0 >= operation.role } ?? false
                // Whoever is let in hears of the bad parameter.
                let expected: JSON = isAllowed ? "invalid_params" : "forbidden"
                #expect(outlet.lines[0]["error"]?["data"]?["error"] == expected, "\(operation.name) as \(role as Any)")
            }
        }
    }

    @Test func `roles come from the user and the groups of the peer`() throws {
        var group: UInt32 = 0
        try #require(clinux_group_id("daemon", &group) == 1)
        let access = try Access(readGroups: ["daemon"], writeGroups: [], adminGroups: ["root"])
        #expect(access.role(user: geteuid()) { _ in false } == .admin)
        #expect(access.role(user: 0) { _ in false } == .admin)
        #expect(access.role(user: 4242) { _ in false } == nil)
        #expect(access.role(user: 4242) { $0 == group } == .read)
        #expect(access.role(user: 4242) { _ in true } == .admin, "the highest role counts")
        #expect(throws: ControlFailure.self) { try Access(readGroups: ["no-such-group-here"]) }
    }

    @Test func `an owner's socket has mode 0600, a shared one lets the kernel tell who comes`() throws {
        func mode(_ path: String) -> UInt32 {
            var status = stat()
            stat(path, &status)
            return status.st_mode & 0o777
        }
        let own = try ControlBench()
        #expect(mode(own.path) == 0o600)
        let shared = try ControlBench(access: Access(readGroups: ["daemon"]))
        #expect(mode(shared.path) == 0o666)
    }

    /// IOTests holds ten thousand open; here each of fewer has begun to speak.
    @Test func `peers that stop in the middle of a word stall nobody`() throws {
        let bench = try ControlBench()
        var idle: [Peer] = []
        for _ in 0..<400 {
            let peer = try bench.connect()
            _ = try peer.call("system.health")
            peer.send(#"{"jsonrpc":"2.0","id":1,"#)
            idle.append(peer)
        }
        let peer = try bench.connect()
        let start = Moment.now()
        for _ in 0..<100 { #expect(try peer.call("system.health")["result"] != nil) }
        #expect(Moment.now() - start < .seconds(2))
        #expect(try idle[399].ask(#""method":"system.health"}"#)["result"] != nil)
    }
}
