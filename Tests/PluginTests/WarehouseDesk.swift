import JSONKit
import PluginHost
import Testing
import WarehouseKit

/// One loaded warehouse plugin, and what every one of them must do.
struct WarehouseDesk {
    let bench: PluginBench
    let plugin: String
    /// For how long one request may take here.
    var seconds = 20

    /// Answers of requests on one stream, in order, and the failure that ended it, if one did.
    func ask(_ requests: [JSON]) throws -> (answers: [JSON], failure: PluginFailure?) {
        let emitted = try bench.run(plugin, "patchbay.warehouse/1", seconds: seconds) { stream in
            for (index, request) in requests.enumerated() {
                try stream.push(json: request, item: UInt64(index + 1))
                try stream.done(item: UInt64(index + 1))
            }
            try stream.end()
        }
        let answers = emitted.compactMap { if case .json(let json, _) = $0 { json } else { nil } }
        let failures = emitted.compactMap { if case .failed(let failure) = $0 { failure } else { nil } }
        try #require(failures.count == 1 || emitted.contains(.end), "no end: \(emitted.suffix(3))")
        return (answers, failures.first)
    }

    /// The one answer of one request.
    func answer(_ request: JSON) throws -> JSON {
        let (answers, failure) = try ask([request])
        if let failure { throw failure }
        return try #require(answers.first)
    }

    /// What a request that must fail fails with.
    func failure(_ request: JSON) throws -> PluginFailure { try #require(try ask([request]).failure) }

    static func batch(_ events: some Sequence<JSON>, id: String) throws -> JSON {
        var tables: [String: [JSON]] = [:]
        for event in events { tables.merge(try Rows.of(event)) { $0 + $1 } }
        return [
            "op": "load", "batch_id": .string(id),
            "tables": .object(JSONObject(tables.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value)) })),
        ]
    }

    static func query(_ name: String, limit: Int = 100) -> JSON {
        [
            "op": "query", "name": .string(name), "from": .string(WarehouseStory.from),
            "to": .string(WarehouseStory.to), "limit": .int(Int64(limit)),
        ]
    }

    // MARK: What every warehouse must do

    /// Every question is answered as the slow count answers it.
    func checkFigures(_ story: WarehouseStory) throws {
        for question in Question.allCases {
            for limit in [100, 2] {
                let answer = try answer(Self.query(question.rawValue, limit: limit))
                #expect(answer["columns"]?.array?.compactMap(\.string) == question.columns.map(\.name))
                let wanted = story.answer(question.rawValue, limit: limit)
                let rows = answer["rows"]?.array?.compactMap(\.array) ?? []
                let odd = Self.difference(rows, wanted)
                #expect(odd == nil, "\(question.rawValue), \(limit) rows at most")
            }
        }
    }

    /// The first row that is not as wanted; nil: all are.
    private static func difference(_ rows: [[JSON]], _ wanted: [[JSON]]) -> String? {
        guard rows.count == wanted.count, !rows.isEmpty else { return "\(rows.count) rows, not \(wanted.count)" }
        func isSame(_ cell: JSON, _ wanted: JSON) -> Bool {
            guard let number = cell.double, let other = wanted.double else { return cell == wanted }
            return abs(number - other) < 1e-6 * max(1, abs(other))
        }
        for (row, other) in zip(rows, wanted) where row.count != other.count || !zip(row, other).allSatisfy(isSame) {
            return "\(row), not \(other)"
        }
        return nil
    }

    /// Batches that come twice, split in another way, or were half loaded before a kill: each row stands once.
    func loadTwice(_ story: WarehouseStory) throws {
        let events = story.events
        let half = events.count / 2
        let first = try Self.batch(events[..<half], id: "b-1")
        let count = Int64(try Batch(first).count)
        for _ in 0..<2 { #expect(try answer(first)["loaded"]?.int == count) }
        // What a loader does that was killed before it could note how far it had come.
        let overlapping = try Self.batch(events[(half / 2)...], id: "b-2")
        _ = try answer(overlapping)
        // Of this one, a part of the tables is there already.
        var part = try Self.batch(events, id: "b-3")
        if case .object(var request) = part {
            request["tables"] = ["turns": request["tables"]?["turns"] ?? []]
            part = .object(request)
        }
        _ = try answer(part)
        _ = try answer(try Self.batch(events, id: "b-3"))
        try checkFigures(story)
    }

    /// Nothing of an erased call is left, and nothing of another is gone; then everything goes.
    func erase(_ story: WarehouseStory) throws {
        _ = try answer(try Self.batch(story.events, id: "b-1"))
        let calls: Set = ["call_1", "call_3"]
        let erasing: JSON = ["op": "erase", "calls": .array(calls.sorted().map { .string($0) })]
        #expect(try answer(erasing)["erased"]?.int == Int64(story.rowCount(calls: calls)))
        #expect(try answer(erasing)["erased"]?.int == 0)
        try checkFigures(story.without(calls))
        let all = Set(story.events.compactMap { $0["key"]?.string })
        let rest: JSON = ["op": "erase", "calls": .array(all.sorted().map { .string($0) })]
        #expect(try answer(rest)["erased"]?.int == Int64(story.without(calls).rowCount()))
        #expect(try answer(Self.query("intents"))["rows"]?.array?.isEmpty == true)
    }

    /// Requests that make no sense are refused by the member's name, and never again tried.
    func refuse() throws {
        let row: JSONObject = [
            "event_id": "e", "at": "2026-11-23T10:00:00Z", "topic": "t", "key": "k", "position": "many",
        ]
        let cases: [(JSON, String)] = [
            (["op": "sell"], "op: must be"),
            (["op": "query", "name": "everything"], "name: must be one of calls_per_hour"),
            (
                ["op": "query", "name": "intents", "from": "yesterday", "to": "2026-11-24", "limit": 5],
                "from: is required"
            ),
            (
                ["op": "query", "name": "intents", "from": "2026-11-25", "to": "2026-11-24", "limit": 5],
                "not be after to"
            ),
            (
                ["op": "query", "name": "intents", "from": "2026-11-23", "to": "2026-11-24", "limit": 0],
                "limit: is required"
            ),
            (["op": "load", "tables": [:]], "batch_id: is required"),
            (["op": "load", "batch_id": "b", "tables": ["users": []]], "tables.users: is no table"),
            (
                ["op": "load", "batch_id": "b", "tables": ["events": [.object(row)]]],
                "tables.events[0].position: must be"
            ),
            (
                ["op": "load", "batch_id": "b", "tables": ["calls": [["event_id": "e"]]]],
                "tables.calls[0].at: is required"
            ),
            (
                ["op": "load", "batch_id": "b", "tables": ["calls": [["shoe": 1]]]],
                "tables.calls[0].shoe: is no column"
            ),
            (["op": "erase", "calls": "all"], "calls: is required"),
        ]
        for (request, text) in cases {
            let failure = try failure(request)
            #expect(failure.code == .invalid && !failure.isRetryable)
            #expect(failure.message.contains(text), "\(failure.message)")
        }
    }
}

extension WarehouseStory {
    /// What remains when some calls are forgotten.
    func without(_ calls: Set<String>) -> WarehouseStory {
        var story = self
        story.forget(calls)
        return story
    }
}
