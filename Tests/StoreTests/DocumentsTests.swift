import JSONKit
import Store
import Testing

@Suite struct DocumentsTests {
    @Test(arguments: TestEngine.allCases) func `a document is replaced only at the revision its writer has read`(
        engine: TestEngine
    ) async throws {
        let temporary = try TemporaryStore(engine)
        let documents = try #require(temporary.store).documents
        #expect(try await documents.put("agents", "a", ["v": 1]).revision == 1)
        #expect(try await documents.put("agents", "a", ["v": 2], ifRevision: 1).revision == 2)
        await #expect(throws: StoreError.revisionConflict(expected: 1, found: 2)) {
            try await documents.put("agents", "a", ["v": 3], ifRevision: 1)
        }
        #expect(try await documents.get("agents", "a")?.body == ["v": 2])
        #expect(try await documents.delete("agents", "a"))
        #expect(try await documents.list("agents").isEmpty)
    }
}
