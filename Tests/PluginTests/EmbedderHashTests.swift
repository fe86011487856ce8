import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct EmbedderHashTests {
    /// The vectors of some texts, in their order.
    private func embed(_ texts: [String], config: JSON = [:]) throws -> [[Float]] {
        let bench = try PluginBench()
        try bench.load("embedder-hash", config: config)
        let emitted = try bench.run("embedder-hash", "patchbay.embedder/1") { stream in
            for (index, text) in texts.enumerated() {
                try stream.push(text: text, item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
        #expect(emitted.count == 2 * texts.count + 1)
        return emitted.compactMap { if case .vector(let vector, _) = $0 { vector } else { nil } }
    }

    private func dot(_ left: [Float], _ right: [Float]) -> Float { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }

    @Test func `nine questions in ten find their passage first`() throws {
        let data = try TestData.json("embedder-hash/testdata/passages.json")
        let passages = try #require(data["passages"]?.object).members
        let questions = try #require(data["questions"]?.array)
        let vectors = try embed(
            passages.compactMap(\.value.string) + questions.compactMap { $0[0]?.string }
        )
        var found = 0
        for (index, question) in questions.enumerated() {
            let vector = vectors[passages.count + index]
            let best = try #require(passages.indices.max { dot(vectors[$0], vector) < dot(vectors[$1], vector) })
            if passages[best].key == question[1]?.string {
                found += 1
            } else {
                print("\(question): found \(passages[best].key)")
            }
        }
        print("embedder-hash: recall@1 \(found) of \(questions.count)")
        #expect(Double(found) >= 0.9 * Double(questions.count))
    }

    @Test func `vectors have length one, the same dimension and no chance in them`() throws {
        let texts = ["Where is the workshop?", "", "?!", "a", "Übermorgen öffnen wir", "the of and"]
        let first = try embed(texts)
        #expect(first == (try embed(texts)))
        for vector in first {
            #expect(vector.count == 384)
            #expect(abs(dot(vector, vector) - 1) < 1e-5)
        }
    }

    @Test func `the dimension is configured and checked`() throws {
        #expect(try embed(["hello"], config: ["dimension": 64])[0].count == 64)
        let bench = try PluginBench()
        #expect(throws: PluginError.self) { try bench.load("embedder-hash", config: ["dimension": 7]) }
    }

    @Test func `a text in pieces is one text, and a text too long is refused`() throws {
        let bench = try PluginBench()
        try bench.load("embedder-hash")
        let emitted = try bench.run("embedder-hash", "patchbay.embedder/1") { stream in
            try stream.push(text: "where is the work", item: 1)
            try stream.push(text: "shop", item: 1)
            try stream.done(item: 1)
            try stream.push(text: String(repeating: "long ", count: 8000), item: 2)
        }
        #expect(emitted.first == .vector(try embed(["where is the workshop"])[0], item: 1))
        #expect(emitted.last?.isLast == true)
    }
}
