public import JSONKit

/// What trying a library against its kind's contract has shown.
public struct CheckReport: Sendable, Equatable {
    public enum Outcome: String, Sendable {
        case passed, warning, failed, crashed, skipped
    }

    /// One thing that was tried.
    public struct Entry: Sendable, Equatable {
        public let name: String
        public let outcome: Outcome
        /// Why; empty where it passed.
        public let message: String
        public let milliseconds: Double

        public init(name: String, outcome: Outcome, message: String = "", milliseconds: Double) {
            (self.name, self.outcome, self.message, self.milliseconds) = (name, outcome, message, milliseconds)
        }

        /// `{name, outcome, message, duration_ms}`, as the child prints it.
        public var json: JSON {
            [
                "name": .string(name), "outcome": .string(outcome.rawValue), "message": .string(message),
                "duration_ms": .double((milliseconds * 100).rounded() / 100),
            ]
        }

        init?(_ json: JSON) {
            guard let name = json["name"]?.string, let outcome = json["outcome"]?.string.flatMap(Outcome.init) else {
                return nil
            }
            let milliseconds = json["duration_ms"]?.double ?? 0
            self.init(
                name: name,
                outcome: outcome,
                message: json["message"]?.string ?? "",
                milliseconds: milliseconds
            )
        }
    }

    public let path: String
    public let entries: [Entry]

    public init(path: String, entries: [Entry]) { (self.path, self.entries) = (path, entries) }

    /// Nothing failed and nothing crashed.
    public var passed: Bool { entries.allSatisfy { $0.outcome != .failed && $0.outcome != .crashed } }

    public var json: JSON {
        ["path": .string(path), "passed": .bool(passed), "tests": .array(entries.map(\.json))]
    }
}
