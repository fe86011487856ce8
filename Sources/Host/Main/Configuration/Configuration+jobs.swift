import Core
import JSONKit
import Jobs

extension Configuration.Jobs {
    init(_ fields: Fields) throws(FieldError) {
        running = try fields.int("running", default: running, in: 1...64)
        queue = try fields.int("queue", default: queue, in: 1...1_000_000)
        keepDays = try fields.int("keep_days", default: keepDays, in: 1...3650)
        lease = .seconds(try fields.int("lease_s", default: 30, in: 3...600))
        afterCall = try Self.kinds(fields, "after_call", of: ["review", "scoring"], default: afterCall)
        afterRecording = try Self.kinds(fields, "after_recording", of: ["transcription"], default: afterRecording)
        transcriptionRoute = try fields.string("transcription_route", default: transcriptionRoute)
        reviewRoute = try fields.string("review_route", default: reviewRoute)
        dailyAt = try fields.string("daily_at", default: dailyAt)
        guard dailyAt.isEmpty || DailySchedule.seconds(dailyAt) != nil else {
            throw fields.error("daily_at", "is \"\(dailyAt)\"; use a time such as 03:30, or nothing")
        }
        let name = try fields.string("zone", default: "UTC")
        guard let zone = Zone(named: name) else {
            throw fields.error("zone", "\"\(name)\" is no time zone; use one such as Europe/Berlin, or install tzdata")
        }
        self.zone = zone
        try fields.finish()
    }

    private static func kinds(
        _ fields: Fields,
        _ member: String,
        of known: [String],
        default standard: [String]
    ) throws(FieldError) -> [String] {
        let kinds = try fields.strings(member, default: standard)
        for kind in kinds where !known.contains(kind) {
            throw fields.error(member, "\"\(kind)\" does not follow here; \(known.joined(separator: ", ")) may")
        }
        return kinds
    }

    var json: JSON {
        [
            "running": .int(Int64(running)), "queue": .int(Int64(queue)), "keep_days": .int(Int64(keepDays)),
            "lease_s": .int(lease.components.seconds),
            "after_call": .array(afterCall.map { .string($0) }), "review_route": .string(reviewRoute),
            "after_recording": .array(afterRecording.map { .string($0) }),
            "transcription_route": .string(transcriptionRoute),
            "daily_at": .string(dailyAt), "zone": .string(zone.name),
        ]
    }
}
