public import Core
public import JSONKit

/// One piece of work to be done once, as the table has it. What may follow what is decided by the jobs layer.
public struct Job: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case queued, running, done, failed, cancelled

        /// Nothing follows unless somebody asks for it.
        public var isOver: Bool { self != .queued && self != .running }
    }

    /// What makes it one of a kind: the same key is never queued twice.
    public struct Key: Sendable, Hashable {
        public let kind: String
        /// What it is about: a call's identifier, a lead's; empty where it is about everything.
        public let subject: String
        /// Which of several about the same subject: a day, a call; empty where there is one.
        public let period: String

        public init(_ kind: String, _ subject: String, period: String = "") {
            (self.kind, self.subject, self.period) = (kind, subject, period)
        }

        /// The job's identifier follows from its key.
        public var id: String {
            let parts: JSON = [.string(kind), .string(subject), .string(period)]
            return "job_" + Digest.sha256(Array(parts.description.utf8)).prefix(24)
        }
    }

    public let id: String
    public let key: Key
    public var state = State.queued
    /// Counts from 1; one more each time somebody has it done again.
    public var run: Int64 = 1
    /// Tries of this run.
    public var attempts: Int64 = 0
    /// Queued: not before then. Running: taken over from then on, unless its host says that it lives.
    public var due: Timestamp
    /// Who runs it; empty: nobody.
    public var owner = ""
    /// Parts of the work; a total of 0 is one that is not known.
    public var done: Int64 = 0
    public var total: Int64 = 0
    /// Where the next try goes on.
    public var token: JSON = .null
    public var input: JSON
    public var result: JSON = .null
    /// What the last try met.
    public var error = ""
    public let made: Timestamp
    public var started: Timestamp?
    public var ended: Timestamp?

    public init(_ key: Key, input: JSON = [:], due: Timestamp, made: Timestamp) {
        (id, self.key, self.input, self.due, self.made) = (key.id, key, input, due, made)
    }

    /// The identifier of an event of this run: a repeat of the same one is recognised by it.
    public func eventID(_ name: String) -> EventID { EventID(of: "\(id)/\(run)/\(name)") }

    /// As the control plane shows it.
    public var json: JSON {
        var members: JSONObject = [
            "job_id": .string(id), "kind": .string(key.kind), "subject": .string(key.subject),
            "period": .string(key.period), "state": .string(state.rawValue), "run": .int(run),
            "attempts": .int(attempts), "done": .int(done), "total": .int(total),
            "percent": .int(percent), "host": .string(String(owner.prefix { $0 != "#" })),
            "error": .string(error), "made_at": .string(made.description),
        ]
        if state == .queued { members["next_at"] = .string(due.description) }
        if let started { members["started_at"] = .string(started.description) }
        if let ended { members["ended_at"] = .string(ended.description) }
        return .object(members)
    }

    private var percent: Int64 { state == .done ? 100 : total == 0 ? 0 : min(100, done * 100 / total) }
}
