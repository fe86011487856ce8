public import Core
public import JSONKit
public import Store

/// `daily`: closes a day. Counts its events, looks whether the warehouse has every one of them and loads what it lacks, has
/// leads scored anew and campaigns reported on, and writes `day.summarised`. The period is the day, in the schedule's zone.
public struct DailyWork: JobWork {
    public let kind = "daily"
    private let log: EventLog
    private let jobs: JobTable
    private let zone: Zone
    private let warehouse: DailyWarehouse
    private let settings: JobSettings
    private let rescores: Bool
    private let campaigns: @Sendable (Timestamp) async throws(JobFailure) -> [String]

    private static let batch = 500

    /// `rescores`: leads of the last two months are scored anew, since scores fade. `campaigns`: those that may have called
    /// since a time; each gets a report on the day.
    public init(
        _ store: Store,
        _ zone: Zone,
        _ warehouse: DailyWarehouse,
        settings: JobSettings,
        rescores: Bool,
        campaigns: @escaping @Sendable (Timestamp) async throws(JobFailure) -> [String] = { _ in [] }
    ) {
        (log, jobs, self.zone, self.warehouse) = (store.log, store.jobs, zone, warehouse)
        (self.settings, self.rescores, self.campaigns) = (settings, rescores, campaigns)
    }

    public func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard subject.isEmpty || subject == "all" else {
            throw FieldError(path: "subject", problem: "must be left out, or \"all\": a day is closed as a whole")
        }
        let today = zone.day(of: now)
        guard let day = period.isEmpty ? today.advanced(by: -1) : CivilDay(parsing: period) else {
            throw FieldError(path: "period", problem: "must be a day such as 2026-11-23")
        }
        guard day < today else { throw FieldError(path: "period", problem: "\(day) is not over in \(zone.name)") }
        return Self.key(day)
    }

    static func key(_ day: CivilDay) -> Job.Key { Job.Key("daily", "all", period: day.description) }

    public func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        guard let day = CivilDay(parsing: job.key.period) else {
            throw JobFailure("\(job.key.period) is no day", isRetryable: false)
        }
        let (from, to) = (zone.moment(of: day), zone.moment(of: day.advanced(by: 1)))
        let stretch = try await stretch(from, to)
        let counts = try await count(stretch, report)
        let figures = try await figures(stretch)
        var loaded: JSON = ["checked": false]
        if warehouse.isThere() { loaded = try await fill(stretch, counts, report) }
        if rescores { try await rescore(day, now: to) }
        try await queue(try await campaigns(from).map { ReportWork.key($0, day) })
        let data: JSON = [
            "zone": .string(zone.name), "from": .string(from.description), "to": .string(to.description),
            "events": counts.json, "calls": figures.json, "warehouse": loaded,
        ]
        let event = Event(.daySummarised, key: day.description, data: data, id: job.eventID("summarised"))
        let result: JSON = [
            "events": .int(Int64(counts.values.reduce(0, +))), "calls": figures.json["count"] ?? 0, "warehouse": loaded,
        ]
        return JobOutcome(result, events: [event])
    }

    private struct Stretch {
        var after: Int64
        var upTo: Int64
        var from: Timestamp
        var to: Timestamp

        func has(_ event: Event) -> Bool { event.at >= from && event.at < to }
    }

    private func stretch(_ from: Timestamp, _ to: Timestamp) async throws(JobFailure) -> Stretch {
        do throws(StoreError) {
            let span = try await log.span(from: from, to: to)
            return Stretch(after: span.after, upTo: span.upTo, from: from, to: to)
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    private func count(_ stretch: Stretch, _ report: JobReport) async throws(JobFailure) -> [String: Int] {
        var counts: [String: Int] = [:]
        var position = stretch.after
        while position < stretch.upTo {
            do throws(StoreError) {
                let part = try await log.counts(
                    after: position,
                    upTo: stretch.upTo,
                    from: stretch.from,
                    to: stretch.to
                )
                counts.merge(part) { $0 + $1 }
            } catch { throw JobFailure("\(error)", isRetryable: true) }
            position = min(stretch.upTo, position + 50_000)
        }
        return counts
    }

    private func figures(_ stretch: Stretch) async throws(JobFailure) -> DayFigures {
        var figures = DayFigures()
        try await each(DayFigures.topics, stretch) { batch throws(JobFailure) in
            for recorded in batch { figures.add(recorded.event) }
        }
        return figures
    }

    /// The stretch's events of some topics, in batches.
    private func each(
        _ topics: [Topic],
        _ stretch: Stretch,
        _ body: ([Recorded]) async throws(JobFailure) -> Void
    ) async throws(JobFailure) {
        var position = stretch.after
        while position < stretch.upTo {
            let batch: [Recorded]
            do throws(StoreError) {
                batch = try await log.read(after: position, topics: topics, limit: Self.batch)
            } catch { throw JobFailure("\(error)", isRetryable: true) }
            guard let last = batch.last else { return }
            position = last.position
            let chosen = batch.filter { $0.position <= stretch.upTo && stretch.has($0.event) }
            if !chosen.isEmpty { try await body(chosen) }
        }
    }

    /// Loads the topics of which the warehouse has fewer events than the log.
    private func fill(
        _ stretch: Stretch,
        _ counts: [String: Int],
        _ report: JobReport
    ) async throws(JobFailure) -> JSON {
        func lacking() async throws(JobFailure) -> [String: Int] {
            let there = try await warehouse.counts(stretch.from, stretch.to)
            var lacking: [String: Int] = [:]
            for (topic, count) in counts where there[topic] ?? 0 < count {
                lacking[topic] = count - (there[topic] ?? 0)
            }
            return lacking
        }
        let before = try await lacking()
        var loaded = 0
        if !before.isEmpty {
            let total = before.keys.reduce(0) { $0 + (counts[$1] ?? 0) }
            try await each(before.keys.sorted().compactMap(Topic.init), stretch) { batch throws(JobFailure) in
                try await warehouse.load(batch)
                loaded += batch.count
                try await report.advanced(loaded, of: total, token: .null)
            }
        }
        let after = before.isEmpty ? [:] : try await lacking()
        if !after.isEmpty {
            let fields: JSONObject = ["day": .string(stretch.from.description), "missing": after.json]
            Log("jobs").warning("the warehouse does not take some events; are any parked?", fields)
        }
        return ["checked": true, "missing": before.json, "loaded": .int(Int64(loaded)), "still_missing": after.json]
    }

    /// Scores fade: those of two months are looked at again.
    private func rescore(_ day: CivilDay, now: Timestamp) async throws(JobFailure) {
        let since = Timestamp(unixMilliseconds: now.unixMilliseconds - 60 * 86_400_000)
        let leads: [String]
        do throws(StoreError) { leads = try await log.keys(of: .leadScored, since: since) } catch {
            throw JobFailure("\(error)", isRetryable: true)
        }
        try await queue(leads.map { Job.Key("scoring", $0, period: day.description) })
    }

    private func queue(_ keys: [Job.Key]) async throws(JobFailure) {
        let made = Timestamp.now()
        let all = keys.map { Job($0, due: made, made: made) }
        do throws(StoreError) {
            for start in stride(from: 0, to: all.count, by: Self.batch) {
                try await jobs.add(Array(all[start..<min(start + Self.batch, all.count)]), bound: settings.queue)
            }
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }
}
