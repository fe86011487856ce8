import Core
import JSONKit
import RPCSchema
import Testing

@testable import Control

/// Requests that were damaged at random, the same ones in every run.
@Suite struct GarbageTests {
    /// A small generator that can be repeated (splitmix64).
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static func damaged(_ text: String, _ dice: inout Dice) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...4, using: &dice) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &dice)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(Array("{}[]\",:0-e\\".utf8).randomElement(using: &dice) ?? 0, at: index)
            case 3: bytes.removeSubrange(index...)
            default: bytes.insert(contentsOf: bytes[index...].prefix(12), at: index)
            }
        }
        return bytes.filter { $0 != 0x0A }
    }

    @Test func `whatever comes, each line has at most one answer, and that is a response`() throws {
        let interface = try Interface()
        let loop = ManualLoop()
        let methods = interface.callable.map { operation in Method.quick(operation.name) { _ in ["ok": true] } }
        let dispatcher = try Dispatcher(interface: interface, methods: methods, loop: loop)
        let outlet = LimitTests.Collector()
        let client = Client(role: .admin, outlet: outlet, loop: loop)
        let requests = interface.callable.flatMap { operation in
            operation.examples.map { example -> String in
                let request: JSON = [
                    "jsonrpc": "2.0", "id": 7, "method": .string(operation.name), "params": .object(example.parameters),
                ]
                return operation.verb.count.isMultiple(of: 2) ? request.description : "[\(request),\(request)]"
            }
        }
        var dice = Dice(state: 20_261_123)
        for _ in 0..<8_000 {
            let line = Self.damaged(requests.randomElement(using: &dice) ?? "", &dice)
            outlet.text = []
            line.withUnsafeBytes { dispatcher.received($0, from: client) }
            guard !outlet.text.isEmpty else { continue }
            let lines = outlet.text.split(separator: 0x0A)
            #expect(lines.count == 1)
            let answer = try JSON(parsing: String(decoding: lines[0], as: UTF8.self))
            for response in answer.array ?? [answer] {
                #expect(response["jsonrpc"] == "2.0")
                #expect((response["result"] == nil) != (response["error"] == nil))
                #expect(response["id"] != nil)
            }
        }
        #expect(outlet.owed == 0)
        #expect(!outlet.isClosed)
    }
}
