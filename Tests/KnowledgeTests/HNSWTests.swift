import CHNSW
import Glibc
import Testing

/// The index in C, measured against looking at every vector.
@Suite struct HNSWTests {
    static let dimension = 64

    /// Vectors around some centres, as embeddings lie; the same ones in every run.
    private static func vectors(_ count: Int, seed: UInt64) -> [[Float]] {
        var generator = Generator(state: seed)
        let centres = (0..<50).map { _ in (0..<dimension).map { _ in generator.gaussian() } }
        return (0..<count).map { number in
            let centre = centres[number % centres.count]
            return (0..<dimension).map { centre[$0] + 0.5 * generator.gaussian() }
        }
    }

    private static func build(_ vectors: [[Float]], _ metric: hnsw_metric) throws -> OpaquePointer {
        var options = hnsw_options()
        options.dimension = UInt32(dimension)
        options.metric = metric.rawValue
        options.seed = 7
        var index: OpaquePointer?
        #expect(hnsw_create(&options, &index) == HNSW_OK)
        let made = try #require(index)
        for vector in vectors {
            var node: UInt32 = 0
            #expect(hnsw_insert(made, vector, &node) == HNSW_OK)
        }
        return made
    }

    /// The share of the true ten nearest that a search finds.
    private static func recall(_ index: OpaquePointer, _ queries: [[Float]]) -> Double {
        var found = [hnsw_result](repeating: hnsw_result(), count: 10)
        var truth = found
        var (foundCount, truthCount): (UInt32, UInt32) = (0, 0)
        var hits = 0
        for query in queries {
            hnsw_search(index, query, 10, 64, nil, nil, &found, &foundCount)
            hnsw_exact(index, query, 10, nil, nil, &truth, &truthCount)
            hits += Set(found.prefix(Int(foundCount)).map(\.node)).intersection(truth.map(\.node)).count
        }
        return Double(hits) / Double(10 * queries.count)
    }

    @Test(arguments: [HNSW_COSINE, HNSW_DOT, HNSW_EUCLID])
    func `nine and a half of the ten nearest are found, also after deletions`(metric: hnsw_metric) throws {
        let index = try Self.build(Self.vectors(5000, seed: 1), metric)
        defer { hnsw_destroy(index) }
        let queries = Self.vectors(100, seed: 1).enumerated().map { $0.element.map { $0 + 0.01 } }
        #expect(Self.recall(index, queries) >= 0.95)
        for node in stride(from: 0, to: 5000, by: 3) { #expect(hnsw_delete(index, UInt32(node)) == HNSW_OK) }
        #expect(Self.recall(index, queries) >= 0.95)
        var results = [hnsw_result](repeating: hnsw_result(), count: 10)
        var count: UInt32 = 0
        hnsw_search(index, queries[0], 10, 64, nil, nil, &results, &count)
        #expect(results.prefix(Int(count)).allSatisfy { $0.node % 3 != 0 })
    }

    @Test func `the graph is sound`() throws {
        let index = try Self.build(Self.vectors(3000, seed: 2), HNSW_COSINE)
        defer { hnsw_destroy(index) }
        #expect(hnsw_validate(index) == 0)
    }

    @Test func `a saved index answers the same, and a damaged one is refused`() throws {
        let index = try Self.build(Self.vectors(500, seed: 3), HNSW_EUCLID)
        defer { hnsw_destroy(index) }
        let path = "/tmp/patchbay-hnsw-\(getpid()).index"
        defer { unlink(path) }
        #expect(hnsw_save(index, path) == HNSW_OK)
        var loaded: OpaquePointer?
        #expect(hnsw_load(path, &loaded) == HNSW_OK)
        let again = try #require(loaded)
        let query = Self.vectors(1, seed: 4)[0]
        var (first, second) = (
            [hnsw_result](repeating: hnsw_result(), count: 5), [hnsw_result](repeating: hnsw_result(), count: 5)
        )
        var count: UInt32 = 0
        hnsw_search(index, query, 5, 50, nil, nil, &first, &count)
        hnsw_search(again, query, 5, 50, nil, nil, &second, &count)
        #expect(first.map(\.node) == second.map(\.node))
        hnsw_destroy(again)
        let file = open(path, O_RDWR)
        var info = stat()
        fstat(file, &info)
        for offset in stride(from: 0, to: Int(info.st_size), by: Int(info.st_size) / 97) {
            var byte: UInt8 = 0
            pread(file, &byte, 1, offset)
            var flipped = byte ^ 0x40
            pwrite(file, &flipped, 1, offset)
            #expect(hnsw_load(path, &loaded) == HNSW_CORRUPT, "a flipped bit at \(offset)")
            pwrite(file, &byte, 1, offset)
        }
        for length in [0, 7, 60, Int(info.st_size) / 2, Int(info.st_size) - 1] {
            ftruncate(file, length)
            #expect(hnsw_load(path, &loaded) == HNSW_CORRUPT, "cut at \(length)")
        }
        close(file)
    }

    @Test func `vectors that are none are refused`() throws {
        let index = try Self.build([], HNSW_COSINE)
        defer { hnsw_destroy(index) }
        var node: UInt32 = 0
        #expect(hnsw_insert(index, [Float](repeating: 0, count: Self.dimension), &node) == HNSW_INVALID)
        #expect(hnsw_insert(index, [Float](repeating: .nan, count: Self.dimension), &node) == HNSW_INVALID)
        #expect(hnsw_count(index) == 0)
    }
}

/// splitmix64.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func gaussian() -> Float {
        let (a, b) = (Double.random(in: 1e-9..<1, using: &self), Double.random(in: 0..<1, using: &self))
        return Float((-2 * log(a)).squareRoot() * cos(2 * .pi * b))
    }
}
