import JSONKit
import Testing

@Suite struct JSONFuzzTests {
    /// A generator that gives the same numbers in every run.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let seeds: [[UInt8]] = [
        #"{"jsonrpc":"2.0","id":17,"method":"call.list","params":{"limit":10,"after":null}}"#,
        #"[1,-2.5e3,"é\u00e9\ud83d\udeb2",true,false,null,{"a":[{}]},"\\\"\n"]"#, "[[[[[[0]]]]]]", #""🚲""#, "-0.1e-7",
    ].map { Array($0.utf8) }

    @Test func `whatever comes is read the same after it was printed, or refused inside the text`() {
        var random = Seeded(state: 20_261_123)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = Self.seeds[round % Self.seeds.count]
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(Array(#"{}[]",:\0-.eu"#.utf8).randomElement(using: &random) ?? 0, at: place)
                case 2 where bytes.count > 1: bytes.remove(at: place)
                default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            do throws(JSONError) {
                let value = try parse(bytes)
                accepted += 1
                var printed: [UInt8] = []
                value.write(into: &printed)
                let again = try parse(printed)
                if again != value { Issue.record("\(String(decoding: bytes, as: UTF8.self)) changed") }
            } catch {
                if !(0...bytes.count).contains(error.offset) {
                    Issue.record("offset \(error.offset) of \(bytes.count)")
                }
            }
        }
        #expect(accepted > 1000)
    }

    private func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(JSONError) in try JSON(parsing: bytes) } }
        return try result.get()
    }
}
