import Core
import JSONKit
import Store

/// Finds what there is of a person, in the log and in the jobs.
struct TraceSearch {
    let log: EventLog
    let jobs: JobTable

    private static let topics: [Topic] = [
        .callStarted, .callContinued, .callEnded, .leadScored, .leadUpdated, .attemptIntended, .numberSuppressed,
    ]
    private static let jobTopics: [Topic] = [.jobStarted, .jobDone, .jobFailed, .jobCancelled]

    /// Everything of a subject. The other side of a call is the person: `from` of inbound ones, `to` of those that we placed.
    func traces(of subject: DataSubject) async throws(JobFailure) -> Traces {
        var traces = Traces()
        var calls: [String] = []
        switch subject {
        case .call(let call): calls = [call]
        case .number(let number):
            traces.number = number
            // Known under this name to scores, also where no event is left that says so.
            traces.leads = [ScoredLead.id(ofNumber: number)]
            try await each(of: [number], topics: Self.topics) { event in
                Self.note(event, of: number, in: &traces, &calls)
            }
            traces.others = Array(Set(traces.others)).sorted()
            traces.leads = Array(Set(traces.leads)).sorted()
        }
        traces.add(try await details(of: Array(Set(calls)).sorted()))
        for lead in traces.leads {
            for recorded in try await read(after: 0, key: lead) { Self.note(recorded.event, in: &traces) }
        }
        try await findJobs(&traces)
        return traces
    }

    /// An event in which the number occurs: it is the person's where it stands in the right place.
    private static func note(_ event: Event, of number: String, in traces: inout Traces, _ calls: inout [String]) {
        let data = event.data
        switch event.topic {
        case .leadScored: if data["phone"]?.string == number { traces.leads.append(event.key) }
        case .leadUpdated: if data["number"]?.string == number { traces.leads.append(event.key) }
        case .attemptIntended:
            guard data["number"]?.string == number else { return }
            traces.others.append(event.key)
            if let lead = data["lead"]?.string { traces.leads.append(lead) }
        case .numberSuppressed: if data["pattern"]?.string == number { traces.others.append(event.key) }
        default:
            guard data[data["direction"] == "outbound" ? "to" : "from"]?.string == number else { return }
            calls.append(event.key)
            if event.topic == .callEnded, let lead = ScoredLead(of: event) { traces.leads.append(lead.id) }
        }
    }

    /// What there is of some calls.
    func details(of calls: [String]) async throws(JobFailure) -> Traces {
        var traces = Traces()
        for call in calls {
            var (isLive, position): (Bool, Int64) = (false, 0)
            var part = Traces()
            while true {
                let batch = try await read(after: position, key: call)
                guard let last = batch.last else { break }
                position = last.position
                for event in batch.map(\.event) {
                    switch event.topic {
                    case .callStarted, .callContinued: isLive = true
                    case .callEnded, .callInterrupted: isLive = false
                    default: break
                    }
                    Self.note(event, in: &part)
                }
            }
            guard !isLive else {
                traces.live.append(call)
                continue
            }
            part.calls = [call]
            part.live = traces.live
            traces.add(part)
        }
        return traces
    }

    private static func note(_ event: Event, in traces: inout Traces) {
        if let carrier = event.data["carrier_call_id"]?.string, !carrier.isEmpty { traces.carrierCalls.append(carrier) }
        switch event.topic {
        case .crmDelivered:
            if let reference = event.data["reference"]?.string, !reference.isEmpty {
                traces.references.append(reference)
            }
        case .recordingFinished:
            let data = event.data
            traces.recordings.append(
                Traces.Recording(
                    event: event.id.rawValue,
                    call: event.key,
                    file: data["file"]?.string ?? "",
                    blob: data["blob"]?.string ?? "",
                    route: data["route"]?.string ?? "blobs"
                )
            )
        default: break
        }
    }

    /// Jobs about the calls and leads: those that are still known, and those of leads that the log remembers.
    private func findJobs(_ traces: inout Traces) async throws(JobFailure) {
        var found: Set<String> = []
        for subject in traces.calls + traces.leads {
            do throws(StoreError) {
                found.formUnion(try await jobs.list(subject: subject, limit: 10_000).map(\.id))
            } catch {
                throw JobFailure("\(error)", isRetryable: true)
            }
        }
        let leads = Set(traces.leads)
        if !leads.isEmpty {
            try await each(of: traces.leads, topics: Self.jobTopics) { event in
                if leads.contains(event.data["subject"]?.string ?? "") { found.insert(event.key) }
            }
        }
        traces.jobs = found.sorted()
    }

    private func each(of texts: [String], topics: [Topic], _ body: (Event) -> Void) async throws(JobFailure) {
        var position: Int64 = 0
        do throws(StoreError) {
            while position < log.lastPosition {
                let part = try await log.mentions(of: texts, topics: topics, after: position)
                for recorded in part.found { body(recorded.event) }
                position = part.next
            }
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    private func read(after position: Int64, key: String) async throws(JobFailure) -> [Recorded] {
        do throws(StoreError) { return try await log.read(after: position, key: key, limit: 500) } catch {
            throw JobFailure("\(error)", isRetryable: true)
        }
    }
}
