import Core
import IO
import JSONKit

/// Pages that no carrier has: everything that was called, and what the carrier is like. Confined to the exchange's loop.
///
/// | path | what |
/// |---|---|
/// | `GET /practice` | figures |
/// | `GET /practice/calls?to=&after=&limit=` | every call that was ever placed, in that order |
/// | `POST /practice/settings` | another document of personas, limits and faults, for calls from now on |
struct PracticePages {
    let exchange: Exchange
    private static let mostListed = 100_000

    func handle(_ request: HTTPRequest, _ parts: [String], _ respond: (HTTPResponse) -> Void) {
        switch (request.method, parts.dropFirst().first) {
        case ("GET", nil): respond(RestAPI.json(200, figures))
        case ("GET", "calls"): respond(RestAPI.json(200, calls(FormFields(parsing: request.query))))
        case ("POST", "settings"): respond(settings(request.body))
        default: respond(.text(404, "GET /practice, GET /practice/calls and POST /practice/settings are here"))
        }
    }

    private var figures: JSON {
        let figures = exchange.machine.figures
        var byStatus = JSONObject()
        var byPersona = JSONObject()
        for call in exchange.machine.calls.values {
            byStatus[call.status.rawValue] = .int((byStatus[call.status.rawValue]?.int ?? 0) + 1)
            byPersona[call.persona.name] = .int((byPersona[call.persona.name]?.int ?? 0) + 1)
        }
        return [
            "placed": .int(Int64(figures.placed)), "answered": .int(Int64(figures.answered)),
            "refused": .int(Int64(figures.refused)), "live": .int(Int64(figures.live)),
            "most_live": .int(Int64(figures.mostLive)), "queued": .int(Int64(figures.queued)),
            "overlapping": .int(Int64(figures.overlapping)), "callbacks": .int(Int64(exchange.told)),
            "callbacks_untaken": .int(Int64(exchange.untold)), "by_status": .object(byStatus),
            "by_persona": .object(byPersona),
        ]
    }

    private func calls(_ query: FormFields) -> JSON {
        let after = query["after"].flatMap { Int($0) } ?? 0
        let limit = min(Self.mostListed, query["limit"].flatMap { Int($0) } ?? 1000)
        let numbers = query["to"].map { exchange.calls[$0] ?? [] } ?? Array(1..<(exchange.machine.figures.placed + 1))
        let found = numbers.lazy.filter { $0 > after }.prefix(max(0, limit)).compactMap { exchange.machine.calls[$0] }
        let items = found.map { entry($0) }
        let hasMore = items.count == limit && items.last?["number"]?.int != numbers.last.map { Int64($0) }
        return ["calls": .array(Array(items)), "next": hasMore ? items.last?["number"] ?? .null : .null]
    }

    private func entry(_ call: PracticeCall) -> JSON {
        func time(_ time: Timestamp?) -> JSON { time.map { .string($0.description) } ?? .null }
        return [
            "number": .int(Int64(call.number)), "sid": .string(exchange.sid(call.number)),
            "to": .string(call.request.to), "from": .string(call.request.from), "attempt": .int(Int64(call.attempt)),
            "persona": .string(call.persona.name), "status": .string(call.status.rawValue),
            "placed_at": time(call.placedAt), "begun_at": time(call.begunAt), "ringing_at": time(call.ringingAt),
            "answered_at": time(call.answeredAt), "ended_at": time(call.endedAt),
            "duration_s": call.duration.map { .int(Int64($0)) } ?? .null,
            "sip_code": call.sipCode.map { .int(Int64($0)) } ?? .null,
            "answered_by": call.answeredBy.map { .string($0) } ?? .null,
            "agent_heard_after_ms": exchange.firstWords[call.number].map { .int(Int64($0)) } ?? .null,
            "trouble": exchange.troubles[call.number].map { .string($0) } ?? .null,
        ]
    }

    private func settings(_ body: [UInt8]) -> HTTPResponse {
        do {
            exchange.change(try Practice(try JSON(parsing: String(decoding: body, as: UTF8.self))))
            return RestAPI.json(200, ["changed": true])
        } catch { return .text(400, "\(error)") }
    }
}
