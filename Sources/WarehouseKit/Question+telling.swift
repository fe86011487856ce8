/// What people are told of the questions.
extension Question {
    /// One line on what the answer says.
    public var summary: String {
        switch self {
        case .callsPerHour: "Calls that ended in each hour, and how long they took on average"
        case .resolution: "How many calls settled what they were about"
        case .sentiment: "How callers felt"
        case .latency: "The parts of the silence before the agent's answers, in milliseconds"
        case .intents: "What callers wanted, how often, and how sure that was"
        case .dispositions: "How calls ended"
        case .events: "How many events of each topic came from each host"
        }
    }

    /// The column that is worth a drawing: a number in every row.
    public var measure: String {
        switch self {
        case .callsPerHour, .resolution, .sentiment, .dispositions: "calls"
        case .latency: "p50_ms"
        case .intents: "times"
        case .events: "events"
        }
    }
}
