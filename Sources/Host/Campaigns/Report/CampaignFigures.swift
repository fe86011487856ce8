/// A campaign's attempts in figures. A pure value, fed with attempts in any order.
public struct CampaignFigures: Sendable {
    /// What is counted of some of the attempts: those of an hour, of a day, of a disposition.
    public struct Count: Sendable, Equatable {
        public internal(set) var attempts = 0
        public internal(set) var answered = 0
        public internal(set) var humans = 0
        public internal(set) var successes = 0
        public internal(set) var talked = 0.0

        mutating func add(_ facts: AttemptFacts) {
            attempts += 1
            answered += facts.isAnswered ? 1 : 0
            humans += facts.isHuman ? 1 : 0
            successes += facts.isSuccess ? 1 : 0
            talked += facts.talked
        }
    }

    public private(set) var all = Count()
    public private(set) var dispositions: [String: Count] = [:]
    public private(set) var hours = [Count](repeating: Count(), count: 24)
    /// Attempts by disposition, for each hour.
    public private(set) var mix = [[String: Int]](repeating: [:], count: 24)
    public private(set) var days: [String: Count] = [:]
    /// Minutes that carriers charge: each call's begun ones whole.
    public private(set) var minutes = 0
    private var called: Set<UInt64> = []
    private var answered: Set<UInt64> = []
    private var reached: Set<UInt64> = []
    private var contacts: Set<UInt64> = []
    private var won: Set<UInt64> = []

    public init() {}

    public mutating func add(_ facts: AttemptFacts) {
        all.add(facts)
        dispositions[facts.disposition, default: Count()].add(facts)
        days[facts.day, default: Count()].add(facts)
        if let hour = facts.hour, hours.indices.contains(hour) {
            hours[hour].add(facts)
            mix[hour][facts.disposition, default: 0] += 1
        }
        if facts.talked > 0 { minutes += Int((facts.talked / 60).rounded(.up)) }
        called.insert(facts.lead)
        if facts.isAnswered { answered.insert(facts.lead) }
        if facts.isHuman { reached.insert(facts.lead) }
        if facts.isContact { contacts.insert(facts.lead) }
        if facts.isSuccess { won.insert(facts.lead) }
    }

    /// Leads, each once, that came as far as each step, of `leads` in all.
    public func funnel(of leads: Int) -> [(step: String, leads: Int)] {
        [
            ("leads", leads), ("called", called.count), ("answered", answered.count), ("person reached", reached.count),
            ("conversation", contacts.count), ("success", won.count),
        ]
    }
}
