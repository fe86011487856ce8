public import Core

/// How the dialler reaches the carrier: closures, bound in the executable. Each answers within a deadline of its own.
public struct CarrierLine: Sendable {
    public struct Order: Sendable {
        public let attempt: String
        /// In E.164; personal data.
        public let to: String
        public let from: String
        public let agent: String
        /// What is done when a machine answers, whatever the agent's document says.
        public let machines: MachineAction
        /// How long it may ring, in seconds.
        public let rings: Int64
    }

    public enum Answer: Sendable, Equatable {
        case placed(carrierCallID: String, status: String)
        /// There is no such number, surely.
        case invalid(reason: String)
        /// This number, surely, is not called for us; others are.
        case barred(reason: String)
        case not(CarrierRefusal)
    }

    /// A call that the carrier knows of.
    public struct Known: Sendable, Equatable {
        public let carrierCallID: String
        /// In the carrier's words.
        public let status: String
        public let answeredBy: String
        /// Of the talk; nil: not known.
        public let duration: Duration?

        public init(carrierCallID: String, status: String, answeredBy: String = "", duration: Duration? = nil) {
            (self.carrierCallID, self.status) = (carrierCallID, status)
            (self.answeredBy, self.duration) = (answeredBy, duration)
        }
    }

    /// Asks the carrier to call, once.
    public var place: @Sendable (Order) async -> Answer
    /// Ends a call, or calls it off, by the carrier's name for it.
    public var end: @Sendable (String) async -> Void
    /// All calls to a number from one of ours since about then, whatever has become of them; nil: nobody can say now.
    public var find: @Sendable (_ to: String, _ from: String, _ since: Timestamp) async -> [Known]?

    public init(
        place: @escaping @Sendable (Order) async -> Answer,
        end: @escaping @Sendable (String) async -> Void,
        find: @escaping @Sendable (_ to: String, _ from: String, _ since: Timestamp) async -> [Known]?
    ) {
        (self.place, self.end, self.find) = (place, end, find)
    }
}
