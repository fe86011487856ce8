import Glibc
import IO
import JSONKit
import PluginHost
import Synchronization
import Testing

/// A CRM's plugin as the host's consumer asks it: one stream for each record.
///
/// Unchecked: loop and registry are for every thread, the rest is constant.
struct CrmBench: @unchecked Sendable {
    let bench: PluginBench
    let plugin: String

    init(_ plugin: String) throws { (bench, self.plugin) = (try PluginBench(), plugin) }

    func load(_ config: JSONObject) throws { try bench.load(plugin, config: .object(config)) }

    /// As after a kill: nothing is remembered.
    func restart(_ config: JSONObject) throws {
        try bench.registry.unload(plugin, drain: .seconds(2))
        try load(config)
    }

    func ask(_ request: JSON) throws -> [Emitted] {
        try bench.run(plugin, "patchbay.crm/1", seconds: 20) { stream in
            try stream.push(json: request, item: 1)
            try stream.done(item: 1)
            try stream.end()
        }
    }

    /// Writes a record; returns its reference.
    @discardableResult
    func write(_ record: JSON) throws -> String {
        let emitted = try ask(record)
        for case .failed(let failure) in emitted { throw failure }
        let answer = emitted.lazy.compactMap { if case .json(let json, item: 1) = $0 { json } else { nil } }.first
        return try #require(answer?["reference"]?.string)
    }

    func failure(_ record: JSON) throws -> PluginFailure {
        let failures = try ask(record).compactMap { if case .failed(let failure) = $0 { failure } else { nil } }
        return try #require(failures.first)
    }

    /// Writes several records at once; returns how many of them were taken.
    func writeAtOnce(_ records: [JSON]) -> Int {
        let taken = Mutex(0)
        let left = Mutex(records.count)
        for record in records {
            Thread.start(name: "crm") {
                if (try? self.write(record)) != nil { taken.withLock { $0 += 1 } }
                left.withLock { $0 -= 1 }
            }
        }
        for _ in 0..<4000 where left.withLock({ $0 }) > 0 { usleep(5000) }
        return taken.withLock { $0 }
    }

    func leads(_ cursor: String, limit: Int = 100) throws -> (leads: [JSON], next: String) {
        let emitted = try ask(["op": "leads", "cursor": .string(cursor), "limit": .int(Int64(limit))])
        for case .failed(let failure) in emitted { throw failure }
        let answer = emitted.lazy.compactMap { if case .json(let json, item: 1) = $0 { json } else { nil } }.first
        return (try #require(answer?["leads"]?.array), try #require(answer?["next"]?.string))
    }

    // MARK: Records, as the host's consumer makes them

    static func outcome(_ call: String = "call_1", from: String = "+4930123456", _ more: JSONObject = [:]) -> JSON {
        var data: JSONObject = [
            "call_id": .string(call), "agent": "front-desk", "direction": "inbound", "from": .string(from),
            "to": "+4930999", "disposition": "repair_booked", "reason": "completed", "duration_s": 65.25,
            "stages": ["welcome", "booking"], "slots": ["day": "2026-11-24"],
            "transcript": [["who": "agent", "text": "Hello."], ["who": "caller", "text": "My <bike> & I"]],
        ]
        for (name, value) in more { data[name] = value }
        return record("evt_\(call)", "call.outcome", .object(data))
    }

    static func standing(
        _ score: Int64,
        _ stage: String,
        at: String = "2026-11-23T10:00:00.000Z",
        phone: String = "+4930123456",
        lead: String = "lead_1"
    ) -> JSON {
        let data: JSON = [
            "lead_id": .string(lead), "phone": .string(phone), "score": .int(score), "stage": .string(stage),
        ]
        return record("evt_score_\(score)", "lead.updated", data, at: at)
    }

    static func review(_ call: String = "call_1") -> JSON {
        let data: JSON = [
            "call_id": .string(call), "sentiment": "positive", "resolution": "resolved",
            "summary": "A repair is booked.",
        ]
        return record("evt_review_\(call)", "call.reviewed", data)
    }

    static func note(_ id: String = "evt_note", phone: String = "+4930123456") -> JSON {
        let data: JSON = [
            "call_id": "call_1", "phone": .string(phone), "note": ["text": "Wants a call back", "urgent": true],
        ]
        return record(id, "call.note", data)
    }

    private static func record(
        _ id: String,
        _ type: String,
        _ data: JSON,
        at: String = "2026-11-23T10:00:00.000Z"
    ) -> JSON { ["id": .string(id), "type": .string(type), "at": .string(at), "data": data] }
}
