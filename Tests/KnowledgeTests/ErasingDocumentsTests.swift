import Glibc
import JSONKit
import Testing

@testable import Knowledge

@Suite struct ErasingDocumentsTests {
    @Test func `documents about a person leave neither words nor vectors on the disk, deleted ones included`()
        async throws
    {
        var template = Array("/tmp/patchbay-knowledge-XXXXXX".utf8CString)
        let folder = String(cString: mkdtemp(&template))
        defer { _ = system("rm -rf '\(folder)'") }
        let open = { try Collections(folder: folder, embed: { CollectionsTests.letters($0) }) }
        var collections = try open()
        try await collections.create("notes")
        let documents = [
            SourceDocument(id: "call_1", text: "zebra quartz", metadata: [:]),
            SourceDocument(id: "call_1/second", text: "zoo quartz", metadata: [:]),
            SourceDocument(id: "visit", text: "quartz again", metadata: ["phone": "+4915550100"]),
            SourceDocument(id: "call_10", text: "zigzag zoo zebra", metadata: [:]),
            SourceDocument(id: "gone", text: "quartz long ago", metadata: ["lead_id": "lead_1"]),
        ]
        _ = try await collections.add("notes", documents)
        _ = try await collections.delete("notes", documents: ["gone"])
        await collections.save()
        let keys: Set = ["call_1", "+4915550100", "lead_1"]
        #expect(try await collections.erase(keys: keys) == 5)
        await collections.save()
        #expect(system("grep -rqaF quartz '\(folder)'") != 0)
        for _ in 0..<2 {
            #expect(try await collections.search("notes", "zebra", limit: 9).map(\.document) == ["call_10"])
            #expect(try await collections.info("notes").chunks == 1)
            collections = try open()
        }
        #expect(try await collections.erase(keys: keys) == 0)
        _ = try await collections.add("notes", [SourceDocument(id: "new", text: "more", metadata: [:])])
        collections = try open()
        #expect(try await collections.info("notes").documents == 2)
    }
}
