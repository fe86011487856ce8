public import Core
public import JSONKit
public import Store

/// `erasure`: what there is of a person goes, from every store. The subject is a digest, so that not even the job names
/// anybody. What refuses is tried again for as long as it takes; a try that is interrupted goes on where it was. Ends in
/// `privacy.erased`.
public struct ErasureWork: JobWork {
    public let kind = "erasure"
    private let store: Store
    private let places: [ErasurePlace]
    /// Consumers that remove what an event led them to, once they see that it is blanked.
    private let removers: [String]
    private let now: @Sendable () -> Timestamp

    /// Calls that one event names.
    private static let callsOfEvent = 500
    private static let patience: Duration = .seconds(5)

    /// `places` are asked in their order, after the log; `removers` are names of consumers, or beginnings of them.
    public init(
        _ store: Store,
        _ places: [ErasurePlace],
        removers: [String] = [],
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        (self.store, self.places, self.removers, self.now) = (store, places, removers, now)
    }

    /// The job that erases a subject.
    public static func wanted(
        _ subject: DataSubject,
        _ documents: Documents
    ) async throws(StoreError) -> (key: Job.Key, input: JSON) {
        let salt = try await ErasureSalt.read(documents)
        return (Job.Key("erasure", subject.digest(salt: salt)), subject.json)
    }

    public func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard subject.hasPrefix("person_"), period.isEmpty else {
            throw FieldError(path: "subject", problem: "must be that of an erasure; new ones begin with privacy.erase")
        }
        return Job.Key(kind, subject)
    }

    public func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        if let ending = job.token["ending"] { return try await end(job, ending) }
        var progress = try await begin(job, report)
        try await blank(&progress, report)
        var refusals: [String] = []
        for place in places where progress.mustAsk(place.name) {
            do throws(JobFailure) { progress.outcomes[place.name] = try await place.erase(progress.traces) } catch {
                if error.isStop { throw error }
                progress.outcomes[place.name] = ["refuses": .string(error.message)]
                refusals.append("\(place.name): \(error.message)")
            }
            try await tell(progress, report)
        }
        guard refusals.isEmpty else { throw .patient(refusals.joined(separator: "; ")) }
        if let live = progress.traces.live.first {
            throw .patient("\(live) has not ended; it is erased when it has", retryAfter: Self.patience)
        }
        // What carriers and consumers have told since.
        try await blank(&progress, report)
        let ending: JSON = [
            "result": progress.result, "calls": .array(progress.traces.calls.map { .string($0) }),
        ]
        try await report.advanced(
            progress.total,
            of: progress.total,
            token: ["ending": ending],
            showing: .init(progress.result, forgetsInput: true)
        )
        return try await end(job, ending)
    }

    /// Nothing personal is left in the job: the files may be cleaned now.
    private func end(_ job: Job, _ ending: JSON) async throws(JobFailure) -> JobOutcome {
        do throws(StoreError) { try await store.scrub() } catch { throw .patient("\(error)") }
        let calls = ending["calls"]?.array ?? []
        var stores = JSONObject()
        for (name, outcome) in ending["result"]?["stores"]?.object ?? [:] {
            var outcome = outcome.object ?? [:]
            // A record of the CRM's leads to the person.
            outcome["references"] = nil
            stores[name] = .object(outcome)
        }
        let parts = max(1, (calls.count + Self.callsOfEvent - 1) / Self.callsOfEvent)
        let events = (0..<parts).map { part in
            let some = calls.dropFirst(part * Self.callsOfEvent).prefix(Self.callsOfEvent)
            return Event(
                .privacyErased,
                key: job.key.subject,
                data: [
                    "calls": .array(Array(some)), "part": .int(Int64(part + 1)), "parts": .int(Int64(parts)),
                    "stores": .object(stores),
                ],
                id: job.eventID("erased/\(part)")
            )
        }
        return JobOutcome(ending["result"] ?? [:], events: events)
    }

    // MARK: Steps

    private struct Progress {
        var traces: Traces
        var outcomes: JSONObject
        let total: Int

        func mustAsk(_ name: String) -> Bool { outcomes[name] == nil || outcomes[name]?["refuses"] != nil }
        var done: Int { outcomes.filter { $0.value["refuses"] == nil }.count }
        var result: JSON { ["calls": .int(Int64(traces.calls.count)), "stores": .object(outcomes)] }
        var token: JSON { ["traces": traces.json, "outcomes": .object(outcomes)] }
    }

    /// What is to be erased, found now or by an earlier try; calls that were live then are looked at again.
    private func begin(_ job: Job, _ report: JobReport) async throws(JobFailure) -> Progress {
        let search = TraceSearch(log: store.log, jobs: store.jobs)
        // Jobs and the log come before the places.
        let total = places.count + 2
        guard let known = job.token["traces"].flatMap(Traces.init) else {
            guard let subject = DataSubject(job.input) else {
                throw JobFailure("who was meant is not known any more; ask anew: privacy.erase", isRetryable: false)
            }
            let progress = Progress(traces: try await search.traces(of: subject), outcomes: [:], total: total)
            try await tell(progress, report)
            return progress
        }
        var progress = Progress(traces: known, outcomes: job.token["outcomes"]?.object ?? [:], total: total)
        guard !known.live.isEmpty else { return progress }
        let more = try await search.details(of: known.live)
        guard more.live != known.live else { return progress }
        progress.traces.add(more)
        progress.outcomes = [:]
        try await tell(progress, report)
        return progress
    }

    private func tell(_ progress: Progress, _ report: JobReport) async throws(JobFailure) {
        try await report.advanced(
            progress.done,
            of: progress.total,
            token: progress.token,
            showing: .init(progress.result)
        )
    }

    /// Forgets the jobs and blanks the events.
    private func blank(_ progress: inout Progress, _ report: JobReport) async throws(JobFailure) {
        var (events, deliveries, jobs) = (0, 0, 0)
        var last: Int64 = 0
        do throws(StoreError) {
            jobs = try await store.jobs.erase(subjects: progress.traces.calls + progress.traces.leads).count
            let traces = progress.traces
            let keys = (traces.calls + traces.jobs).map { ($0, false) } + traces.personalKeys.map { ($0, true) }
            for (key, isPersonal) in keys {
                let part = try await store.log.erase(key: key, isPersonal: isPersonal, lastLook: removers)
                (events, deliveries) = (events + part.events, deliveries + part.deliveries)
                last = max(last, part.last)
            }
        } catch { throw .patient("\(error)") }
        func count(_ place: String, _ name: String = "erased") -> Int64 {
            progress.outcomes[place]?[name]?.int ?? 0
        }
        progress.outcomes["jobs"] = ["erased": .int(count("jobs") + Int64(jobs))]
        progress.outcomes["log"] = [
            "erased": .int(count("log") + Int64(events)),
            "deliveries": .int(count("log", "deliveries") + Int64(deliveries)),
        ]
        if last > progress.traces.lastPosition || progress.traces.blankedAt == 0 {
            progress.traces.lastPosition = max(last, progress.traces.lastPosition)
            progress.traces.blankedAt = now().unixMilliseconds
        }
        try await tell(progress, report)
    }
}
