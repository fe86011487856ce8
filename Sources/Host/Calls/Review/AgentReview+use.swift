import JSONKit

/// What is declared and never used.
extension AgentReview {
    private var allActions: [FlowAction] {
        agent.stages.flatMap { $0.enter + $0.transitions.flatMap(\.actions) }
    }

    private var triggers: [Transition.Trigger] { agent.stages.flatMap { $0.transitions.map(\.trigger) } }

    private var conditions: [Condition] {
        triggers.compactMap { if case .when(let condition) = $0 { condition } else { nil } }
    }

    mutating func checkUse() {
        checkIntents()
        checkTools()
        let text = agent.json.description
        for (index, slot) in agent.slots.enumerated() {
            let isUsed =
                agent.stages.contains { $0.slots.contains(slot.name) } || text.contains("{\(slot.name)}")
                || conditions.contains { $0.names.contains(slot.name) }
                || triggers.contains { if case .slot(slot.name, _) = $0 { true } else { false } }
            if !isUsed { warn("slots[\(index)]", "\(slot.name) is asked for in no stage and used nowhere") }
        }
    }

    private mutating func checkIntents() {
        let usesAny = conditions.contains { $0.names.contains("intent") }
        for (index, intent) in agent.intents.enumerated() where !usesAny {
            let isUsed =
                agent.stages.contains { $0.templates[intent.name] != nil }
                || triggers.contains { if case .intent(intent.name, _) = $0 { true } else { false } }
            // An intent that only keeps others from being guessed is fine where there are templates for everything else.
            if !isUsed, !agent.stages.contains(where: { $0.templates["default"] != nil }) {
                warn("intents[\(index)]", "\(intent.name) leads nowhere: no transition and no template is for it")
            }
        }
        var examples: [String: String] = [:]
        for (index, intent) in agent.intents.enumerated() {
            for (number, example) in intent.examples.enumerated() {
                let plain = example.lowercased()
                if let other = examples[plain], other != intent.name {
                    let path = "intents[\(index)].examples[\(number)]"
                    warn(path, "\"\(example)\" is an example of \(other) too: nobody can tell them apart")
                }
                examples[plain] = intent.name
            }
        }
    }

    private mutating func checkTools() {
        for (index, tool) in agent.tools.enumerated() where !Tool.builtIn.contains(tool.name) {
            let isUsed =
                agent.stages.contains { $0.tools.contains(tool.name) }
                || allActions.contains { if case .tool(tool.name, _) = $0 { true } else { false } }
            if !isUsed { warn("tools[\(index)]", "\(tool.name) is named in no stage and run by no action") }
        }
    }

    // MARK: Slots of a stage

    mutating func checkSlots(of stage: Stage, _ path: String) {
        guard stage.final == nil else {
            if !stage.slots.isEmpty { warn("\(path).slots", "a final stage asks for nothing") }
            return
        }
        for (number, name) in stage.slots.enumerated() {
            guard let slot = agent.slot(name), slot.ask.isEmpty, !stage.tools.contains("set_slot") else { continue }
            warn(
                "\(path).slots[\(number)]",
                "\(name) has no \"ask\", so the model asks for it, but it has no tool set_slot here to note the answer"
            )
        }
    }
}
