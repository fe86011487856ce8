import JSONKit

/// One scripted conversation.
struct Trial: Sendable {
    let name: String
    let from: String
    let to: String
    let isOutbound: Bool
    let tools: ToolScript
    let steps: [TrialStep]
    /// What must be so once the call is over.
    let outcome: Expectation?

    /// Whether somebody says something that is only written.
    var isWritten: Bool { steps.contains { if case .says = $0.deed { true } else { false } } }

    init(_ fields: Fields, read: (String) throws(FieldError) -> [Int16]) throws(FieldError) {
        name = try fields.string("name")
        from = try fields.string("from", default: "+15555550100")
        to = try fields.string("to", default: "+15555550199")
        isOutbound = try fields.bool("outbound", default: false)
        tools = try ToolScript(try fields.optionalObject("tools"))
        var steps: [TrialStep] = []
        for step in try fields.objects("steps") { steps.append(try TrialStep(step, read: read)) }
        guard !steps.isEmpty, steps.count <= 1000 else {
            throw fields.error("steps", "must have 1 to 1,000 steps, has \(steps.count)")
        }
        self.steps = steps
        outcome = try fields.optionalObject("expect").map { fields throws(FieldError) in try Expectation(fields) }
        try fields.finish()
    }
}
