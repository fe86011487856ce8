import JSONKit

/// By what a person's data is found, everywhere. Collected before anything is erased, and kept in the job until all is.
public struct Traces: Sendable, Equatable {
    /// Where a recording was, or is.
    public struct Recording: Sendable, Equatable {
        public var event: String
        public var call: String
        /// A file of a host; empty without one.
        public var file: String
        /// The key in the stores of a blobs route; empty where none was to have it.
        public var blob: String
        public var route: String
    }

    /// Empty where one call is to be erased.
    public var number = ""
    /// Calls that are over.
    public var calls: [String] = []
    /// Calls that are not: they are erased when they are.
    public var live: [String] = []
    /// What the carrier calls them; early status events are kept under it.
    public var carrierCalls: [String] = []
    public var leads: [String] = []
    public var jobs: [String] = []
    /// Attempts to call the person, and the entry that forbids it: keys of events.
    public var others: [String] = []
    public var recordings: [Recording] = []
    /// What a CRM calls the records that it was brought.
    public var references: [String] = []
    /// The last of the person's events, and when it had been blanked (Unix ms); 0 before that.
    public var lastPosition: Int64 = 0
    public var blankedAt: Int64 = 0

    public init() {}

    /// Keys of events that are themselves about the person.
    var personalKeys: [String] { carrierCalls + leads + others }

    /// Everything that the person's events are about.
    public var keys: [String] { calls + jobs + personalKeys }

    mutating func add(_ other: Traces) {
        func union(_ first: [String], _ second: [String]) -> [String] {
            first + Set(second).subtracting(first).sorted()
        }
        calls = union(calls, other.calls)
        carrierCalls = union(carrierCalls, other.carrierCalls)
        leads = union(leads, other.leads)
        jobs = union(jobs, other.jobs)
        others = union(others, other.others)
        references = union(references, other.references)
        recordings += other.recordings.filter { !recordings.contains($0) }
        live = other.live
    }
}

extension Traces {
    var json: JSON {
        func list(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
        return [
            "number": .string(number), "calls": list(calls), "live": list(live), "carrier_calls": list(carrierCalls),
            "leads": list(leads), "jobs": list(jobs), "others": list(others), "references": list(references),
            "recordings": .array(
                recordings.map { recording in
                    list([recording.event, recording.call, recording.file, recording.blob, recording.route])
                }
            ),
            "last": .int(lastPosition), "blanked_at": .int(blankedAt),
        ]
    }

    init?(_ json: JSON) {
        guard let number = json["number"]?.string else { return nil }
        func list(_ name: String) -> [String] { (json[name]?.array ?? []).compactMap(\.string) }
        self.number = number
        (calls, live, carrierCalls) = (list("calls"), list("live"), list("carrier_calls"))
        (leads, jobs, references) = (list("leads"), list("jobs"), list("references"))
        others = list("others")
        for entry in json["recordings"]?.array ?? [] {
            let parts = (entry.array ?? []).compactMap(\.string)
            guard parts.count == 5 else { continue }
            recordings.append(
                Recording(event: parts[0], call: parts[1], file: parts[2], blob: parts[3], route: parts[4])
            )
        }
        (lastPosition, blankedAt) = (json["last"]?.int ?? 0, json["blanked_at"]?.int ?? 0)
    }
}
