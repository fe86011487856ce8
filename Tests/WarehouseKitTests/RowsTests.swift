import JSONKit
import Testing
import WarehouseKit

@Suite struct RowsTests {
    private func event(_ topic: String, _ data: JSON, id: String = "evt_1") -> JSON {
        [
            "id": .string(id), "topic": .string(topic), "key": "call_1", "at": "2026-11-23T16:00:00.5Z", "position": 7,
            "host": "a", "data": data,
        ]
    }

    private func row(_ table: String, _ topic: String, _ data: JSON) throws -> JSON? {
        try Rows.of(event(topic, data))[table]?.first
    }

    private let common: JSONObject = ["event_id": "evt_1", "at": "2026-11-23T16:00:00.500Z", "call_id": "call_1"]

    private func with(_ members: JSONObject) -> JSON {
        var row = common
        for (name, value) in members { row[name] = value }
        return .object(row)
    }

    @Test func `every event is a row of events, whatever its topic`() throws {
        let tables = try Rows.of(event("plugin.loaded", ["kind": "tts"]))
        #expect(tables.count == 1)
        #expect(
            tables["events"] == [
                [
                    "event_id": "evt_1", "at": "2026-11-23T16:00:00.500Z", "topic": "plugin.loaded", "key": "call_1",
                    "host": "a", "position": 7, "data": #"{"kind":"tts"}"#,
                ]
            ]
        )
    }

    @Test func `a call that has ended is a row of calls, with numbers only as given`() throws {
        let outcome: JSON = [
            "agent": "desk", "direction": "inbound", "from": "+4930***", "disposition": "booked", "reason": "completed",
            "duration_s": 12, "turns": 3, "barge_ins": 0, "sentiment": 0.6, "resolution": true, "score": 0.9,
            "transcript": [], "stages": ["intro"],
        ]
        #expect(
            try row("calls", "call.ended", outcome)
                == with([
                    "agent": "desk", "direction": "inbound", "from_number": "+4930***", "disposition": "booked",
                    "reason": "completed", "duration_s": 12.0, "turns": 3, "barge_ins": 0, "sentiment": "positive",
                    "resolution": "resolved", "score": 0.9,
                ])
        )
        #expect(try row("judgements", "call.ended", outcome) == nil)
    }

    @Test func `words, intents, the ledger and the carrier's news are rows of theirs`() throws {
        #expect(
            try row("turns", "transcript.final", ["text": "hello", "item": 2, "turn": 1])
                == with(["kind": "transcript", "turn": 1, "text": "hello"])
        )
        #expect(
            try row("turns", "reply.spoken", ["text": "hi", "interrupted": true])
                == with(["kind": "reply", "text": "hi", "interrupted": true])
        )
        let ledger: JSON = ["turn": 1, "stage": "intro", "latency": ["gap_ms": 700, "intent_ms": 1.5, "odd_ms": 1]]
        #expect(
            try row("turns", "turn.completed", ledger)
                == with(["kind": "completed", "turn": 1, "stage": "intro", "gap_ms": 700.0, "intent_ms": 1.5])
        )
        #expect(
            try row("intents", "intent.labelled", ["turn": 1, "intent": "book", "confidence": 1, "labels": [1]])
                == with(["turn": 1, "intent": "book", "confidence": 1.0, "labels": "[1]"])
        )
        #expect(
            try row("call_status", "call.status", ["status": "ringing", "of": "call", "sequence": 4])
                == with(["status": "ringing", "about": "call", "sequence": 4])
        )
    }

    @Test func `whatever judges a call afterwards is a judgement, under any name`() throws {
        let row = try row(
            "judgements",
            "call.analysed",
            ["sentiment": ["label": "negative", "score": -0.9], "call_id": "c9"]
        )
        #expect(row?["sentiment"] == "negative")
        #expect(row?["call_id"] == "c9")
        #expect(row?["topic"] == "call.analysed")
        #expect(try self.row("judgements", "lead.scored", ["score": 3]) == nil)
        #expect(try self.row("judgements", "lead.scored", ["score": 3, "call_id": "c9"])?["call_id"] == "c9")
        #expect(try self.row("judgements", "call.answered", ["by": "human"]) == nil)
    }

    @Test func `a value of another type is left out, and an envelope that is none is refused by the member`() throws {
        #expect(try row("calls", "call.ended", ["duration_s": "long", "turns": 1.5, "agent": nil]) == with([:]))
        for member in ["id", "topic", "key", "at"] {
            guard case .object(var envelope) = event("call.ended", [:]) else { continue }
            envelope[member] = 5
            let error = #expect(throws: WarehouseError.self) { try Rows.of(.object(envelope)) }
            #expect(error?.text.hasPrefix("\(member): ") == true)
        }
    }

    @Test func `a batch holds an event once, and its values in the order of the columns`() throws {
        let row = try row("intents", "intent.labelled", ["intent": "book", "confidence": 1]) ?? .null
        let batch = try Batch(["batch_id": "b", "tables": ["intents": [row, row], "calls": []]])
        #expect(batch.count == 1)
        #expect(batch.parts.map(\.table) == [.intents])
        #expect(
            batch.parts[0].rows == [["evt_1", "2026-11-23T16:00:00.500Z", "call_1", .null, "book", 1.0, .null]]
        )
    }
}
