public import Core
public import JSONKit

/// Somebody to be called, as the table has it. Which lead is called when is decided by the campaigns layer.
///
/// A lead belongs to one list, and a number stands in a list once.
public struct Lead: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// May be called from `nextAt` on, as far as the rules allow it.
        case ready
        /// An attempt is under way.
        case claimed
        /// Is not called any more; `reason` tells why.
        case closed
    }

    public let id: String
    public let list: String
    /// What the CRM calls it; empty: nothing.
    public var externalID = ""
    /// E.164; personal data, like `numbers`, `name` and `fields`.
    public let number: String
    /// Further numbers of the same person, in E.164, in the order in which they are tried.
    public var numbers: [String] = []
    public var name = ""
    /// IANA's name of the lead's zone, where it is known for sure; empty: the number tells.
    public var zone = ""
    /// ISO 3166-2, as in `US-FL`; empty: the number tells.
    public var region = ""
    /// BCP 47; empty: the agent's.
    public var language = ""
    /// Whatever else the list says of it; the agent hears of it.
    public var fields: JSONObject = [:]
    public var consent: Consent?
    /// 0 to 100; higher ones are called first. It orders, and never overrides a rule.
    public var score: Int64 = 0
    public var stage = ""
    /// Before the score: higher ones are called first.
    public var priority: Int64 = 0
    public var state = State.ready
    /// What the last attempt came to.
    public var disposition = ""
    public var reason = ""
    public var attempts: Int64 = 0
    /// Which of `[number] + numbers` the next attempt is to.
    public var turn: Int64 = 0
    /// Not before then.
    public var nextAt: Timestamp
    /// When the lead has asked to be called.
    public var callbackAt: Timestamp?
    public var lastAttemptAt: Timestamp?
    public let made: Timestamp
    public var updated: Timestamp

    public init(list: String, number: String, made: Timestamp) {
        self.init(id: Self.id(list: list, number: number), list: list, number: number, made: made)
    }

    /// One that has its identifier already.
    public init(id: String, list: String, number: String, made: Timestamp) {
        (self.id, self.list, self.number, self.made, updated, nextAt) = (id, list, number, made, made, made)
    }

    /// A lead's identifier follows from its list and number: importing it again finds it.
    public static func id(list: String, number: String) -> String {
        let parts: JSON = [.string(list), .string(number)]
        return "lead_" + Digest.sha256(Array(parts.description.utf8)).prefix(24)
    }

    /// All its numbers, the first one first.
    public var allNumbers: [String] { [number] + numbers }

    /// The number of the next attempt.
    public var nextNumber: String {
        let all = allNumbers
        return all[Int(turn) % all.count]
    }
}
