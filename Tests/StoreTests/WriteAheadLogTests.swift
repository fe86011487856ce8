import Core
import Glibc
import JSONKit
import Store
import Testing

/// What SQLite writes ahead is brought into the file by itself.
@Suite(.serialized) struct WriteAheadLogTests {
    @Test func `the log stays short while much is written, though nobody closes the store`() async throws {
        let temporary = try TemporaryStore(.sqlite)
        let store = try #require(temporary.store)
        let text = JSON.string(String(repeating: "x", count: 8000))
        var longest = 0
        // 100 MB and more.
        for batch in 0..<13 {
            _ = try await store.log.append(
                known: (0..<1000).map {
                    Event(.transcriptFinal, key: "call_\(batch)", data: ["text": text, "n": .int($0)])
                }
            )
            var facts = stat()
            #expect(stat("\(store.folder.path)/patchbay.sqlite-wal", &facts) == 0)
            longest = max(longest, Int(facts.st_size))
        }
        // 64 MB, and one commit.
        #expect(longest > 1 << 20 && longest < 80 << 20, "\(longest) bytes")
    }
}
