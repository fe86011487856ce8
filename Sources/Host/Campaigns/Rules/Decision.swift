public import Core
public import JSONKit

/// Whether a lead is called now, and why: every rule's word. It is kept with each attempt, and `lead explain` shows it.
public struct Decision: Sendable, Equatable {
    public struct Verdict: Sendable, Equatable {
        /// The rule's name, as in `window`, `consent`, `cap.number_day`.
        public let rule: String
        public let isAllowed: Bool
        /// Where time heals it: from then on the rule allows; nil: only a change of the lead, a list or a rule does.
        public let until: Timestamp?
        /// What it looked at and found, for people. No numbers, no names: it is shown in logs.
        public let reason: String

        public init(_ rule: String, isAllowed: Bool, until: Timestamp? = nil, reason: String) {
            (self.rule, self.isAllowed, self.until, self.reason) = (rule, isAllowed, until, reason)
        }
    }

    public let at: Timestamp
    /// Every rule was asked, in a fixed order, also behind one that refuses.
    public let verdicts: [Verdict]
    /// Which dated rules were in force.
    public let rules: String

    public init(at: Timestamp, verdicts: [Verdict], rules: String) {
        (self.at, self.verdicts, self.rules) = (at, verdicts, rules)
    }

    public var isAllowed: Bool { verdicts.allSatisfy(\.isAllowed) }

    /// The first one that refuses.
    public var obstacle: Verdict? { verdicts.first { !$0.isAllowed } }

    /// When it is worth asking again; nil: only when something has changed.
    public var next: Timestamp? {
        let refusals = verdicts.filter { !$0.isAllowed }
        guard !refusals.isEmpty, refusals.allSatisfy({ $0.until != nil }) else { return nil }
        return refusals.compactMap(\.until).max()
    }

    public var json: JSON {
        [
            "at": .string(at.description), "allowed": .bool(isAllowed), "rules": .string(rules),
            "verdicts": .array(
                verdicts.map { verdict in
                    var members: JSONObject = [
                        "rule": .string(verdict.rule), "allowed": .bool(verdict.isAllowed),
                        "reason": .string(verdict.reason),
                    ]
                    if let until = verdict.until { members["until"] = .string(until.description) }
                    return .object(members)
                }
            ),
        ]
    }
}
