import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct CrmFileTests {
    private func record(_ id: String, day: String = "2026-11-23", note: String = "booked") -> JSON {
        [
            "id": .string(id), "type": "call.outcome", "at": .string("\(day)T10:00:00.000Z"),
            "data": ["disposition": .string(note)],
        ]
    }

    private func load(_ bench: PluginBench) throws {
        try bench.load("crm-file", config: ["folder": .string("\(bench.folder)/crm")])
    }

    private func store(_ records: [JSON], with bench: PluginBench) throws -> [Emitted] {
        try bench.run("crm-file", "patchbay.crm/1") { stream in
            for (index, record) in records.enumerated() {
                try stream.push(json: record, item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
    }

    private func references(_ emitted: [Emitted]) -> [String] {
        emitted.compactMap { if case .json(let json, _) = $0 { json["reference"]?.string } else { nil } }
    }

    @Test func `records become lines of the file of their day, in order`() throws {
        let bench = try PluginBench()
        try load(bench)
        let emitted = try store([record("a"), record("b"), record("c", day: "2026-11-24")], with: bench)
        #expect(
            references(emitted) == [
                "outcomes-2026-11-23.jsonl#1", "outcomes-2026-11-23.jsonl#2", "outcomes-2026-11-24.jsonl#1",
            ]
        )
        #expect(emitted.contains(.done(3)))
        let lines = try Files.read("\(bench.folder)/crm/outcomes-2026-11-23.jsonl").split(separator: "\n")
        #expect(try lines.map { try JSON(parsing: String($0)) } == [record("a"), record("b")])
    }

    @Test func `a repeated record is acknowledged with its first place and not written twice, also after a restart`()
        throws
    {
        let bench = try PluginBench()
        try load(bench)
        _ = try store([record("a"), record("b")], with: bench)
        #expect(references(try store([record("a")], with: bench)) == ["outcomes-2026-11-23.jsonl#1"])
        try bench.registry.unload("crm-file", drain: .seconds(2))
        try load(bench)
        let again = try store([record("b", note: "another"), record("c")], with: bench)
        #expect(references(again) == ["outcomes-2026-11-23.jsonl#2", "outcomes-2026-11-23.jsonl#3"])
        #expect(try Files.read("\(bench.folder)/crm/outcomes-2026-11-23.jsonl").split(separator: "\n").count == 3)
    }

    @Test func `half a line that a kill left is removed before the next record`() throws {
        let bench = try PluginBench()
        mkdir("\(bench.folder)/crm", 0o700)
        let path = "\(bench.folder)/crm/outcomes-2026-11-23.jsonl"
        let file = fopen(path, "w")
        fputs(record("a").description + "\n" + #"{"id":"b","ty"#, file)
        fclose(file)
        try load(bench)
        #expect(references(try store([record("b")], with: bench)) == ["outcomes-2026-11-23.jsonl#2"])
        #expect(try Files.read(path) == record("a").description + "\n" + record("b").description + "\n")
    }

    @Test func `a file that was moved away is begun anew`() throws {
        let bench = try PluginBench()
        try load(bench)
        _ = try store([record("a")], with: bench)
        rename("\(bench.folder)/crm/outcomes-2026-11-23.jsonl", "\(bench.folder)/crm/old")
        #expect(references(try store([record("b")], with: bench)) == ["outcomes-2026-11-23.jsonl#1"])
    }

    @Test(
        arguments: [
            (["type": "call.outcome", "at": "2026-11-23T10:00:00Z"], "id"),
            (["id": "a", "type": "call.outcome", "at": "../../../../etc/passwd"], "at"),
            (["id": "a", "type": "call.outcome"], "at"), (["id": "a", "at": "2026-11-23T10:00:00Z"], "type"),
        ] as [(JSON, String)]
    )
    func `a record without its members is refused by name`(record: JSON, member: String) throws {
        let bench = try PluginBench()
        try load(bench)
        guard case .failed(let failure)? = try store([record], with: bench).last else {
            throw Files.Unreadable(path: "no failure")
        }
        #expect(failure.message.hasPrefix("\(member): "))
        #expect(!failure.isRetryable)
    }

    @Test func `a folder that cannot be made refuses the configuration`() throws {
        let bench = try PluginBench()
        #expect(throws: PluginError.self) { try bench.load("crm-file", config: ["folder": "/proc/nowhere"]) }
        #expect(throws: PluginError.self) { try bench.load("crm-file") }
    }
}
