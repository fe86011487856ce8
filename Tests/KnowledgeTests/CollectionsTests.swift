import Glibc
import JSONKit
import Testing

@testable import Knowledge

@Suite struct CollectionsTests {
    /// An embedding that a reader can follow: how often each letter occurs.
    static func letters(_ texts: [String]) -> [[Float]] {
        texts.map { text in
            let counts = Dictionary(grouping: text.lowercased().filter { $0.isASCII && $0.isLetter }) { $0 }.mapValues(
                \.count
            )
            return "abcdefghijklmnopqrstuvwxyz".map { Float(counts[$0] ?? 0) }
        }
    }

    private final class Folder {
        let path: String
        init() {
            var template = Array("/tmp/patchbay-knowledge-XXXXXX".utf8CString)
            path = String(cString: mkdtemp(&template))
        }
        deinit { _ = system("rm -rf '\(path)'") }
    }

    private static let documents = [
        SourceDocument(id: "zoo", text: "zebra zoo zigzag", metadata: ["language": "en"]),
        SourceDocument(id: "eel", text: "eel sees the tree", metadata: ["language": "en"]),
        SourceDocument(id: "oui", text: "zoo oui", metadata: ["language": "fr"]),
    ]

    private func open(_ folder: Folder) throws -> Collections {
        try Collections(folder: folder.path, embed: { Self.letters($0) })
    }

    @Test func `the nearest passage is found, also after a restart, with and without the saved index`() async throws {
        let folder = Folder()
        var collections = try open(folder)
        try await collections.create("books")
        _ = try await collections.add("books", Self.documents)
        for saves in [false, true, true] {
            #expect(try await collections.search("books", "zigzag zebra", limit: 1).map(\.document) == ["zoo"])
            if saves { await collections.save() }
            collections = try open(folder)
        }
        #expect(try await collections.info("books").documents == 3)
    }

    @Test func `a filter narrows by metadata`() async throws {
        let folder = Folder()
        let collections = try open(folder)
        try await collections.create("books", metric: .euclid)
        _ = try await collections.add("books", Self.documents)
        #expect(try await collections.search("books", "zoo", filter: ["language": "fr"]).map(\.document) == ["oui"])
    }

    @Test func `a replaced document is found by its new words only`() async throws {
        let folder = Folder()
        let collections = try open(folder)
        try await collections.create("books")
        _ = try await collections.add("books", Self.documents)
        _ = try await collections.add("books", [SourceDocument(id: "zoo", text: "quick quiz")])
        let hits = try await collections.search("books", "quiz", limit: 10)
        #expect(hits.first?.text == "quick quiz")
        #expect(hits.count == 3)
        #expect(try await collections.delete("books", documents: ["zoo", "none"]) == 1)
        #expect(try await collections.search("books", "quiz", limit: 10).allSatisfy { $0.document != "zoo" })
    }

    @Test func `what a kill left half written in the journal is left out`() async throws {
        let folder = Folder()
        var collections = try open(folder)
        try await collections.create("books")
        _ = try await collections.add("books", Self.documents)
        let journal = fopen("\(folder.path)/books.cosine/journal.jsonl", "a")
        fputs(#"{"op":"add","document":"half","chu"#, journal)
        fclose(journal)
        collections = try open(folder)
        #expect(try await collections.info("books").documents == 3)
        _ = try await collections.add("books", [SourceDocument(id: "new", text: "newt")])
        #expect(try await open(folder).info("books").documents == 4)
    }

    @Test func `an embedder of another length is refused with both lengths`() async throws {
        let folder = Folder()
        var collections = try open(folder)
        try await collections.create("books")
        _ = try await collections.add("books", Self.documents)
        collections = try Collections(folder: folder.path, embed: { $0.map { _ in [1, 2, 3] } })
        await #expect(throws: KnowledgeError.dimensionMismatch(expected: 26, found: 3)) {
            try await collections.search("books", "zoo")
        }
    }

    @Test func `a text is cut at headings and sentences, each piece under its heading`() {
        let long = (1...20).map { "Sentence number \($0) is here." }.joined(separator: " ")
        let chunks = Chunker.chunks(of: "# Hours\nOpen at nine. Closed on Sunday.\n\n## Prices\n\(long)")
        #expect(chunks.first?.embedded == "Hours: Open at nine. Closed on Sunday.")
        #expect(chunks.count == 3)
        #expect(chunks.dropFirst().allSatisfy { $0.heading == "Prices" && $0.text.count < 500 })
    }
}
