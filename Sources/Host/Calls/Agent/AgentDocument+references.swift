import JSONKit

extension AgentDocument {
    /// Every name that one part of the document uses must exist in another.
    func checkReferences(_ fields: Fields) throws(FieldError) {
        try checkTools()
        guard stage(start) != nil else { throw fields.error("start", unknown("stage", start, stages.map(\.name))) }
        for (index, stage) in stages.enumerated() {
            let path = "stages[\(index)]"
            try checkTransitions(of: stage, path)
            for key in stage.templates.keys.sorted() where !["default", "no_answer"].contains(key) {
                guard intents.contains(where: { $0.name == key }) else {
                    let known = intents.map(\.name) + ["default", "no_answer"]
                    throw FieldError(path: "\(path).templates.\(key)", problem: unknown("intent", key, known))
                }
            }
            for (number, tool) in stage.tools.enumerated() where !tools.contains(where: { $0.name == tool }) {
                throw FieldError(path: "\(path).tools[\(number)]", problem: unknown("tool", tool, tools.map(\.name)))
            }
            if stage.retrieves, stage.collections.isEmpty, collections.isEmpty {
                throw FieldError(path: "\(path).retrieve", problem: "needs collections, here or in the document")
            }
        }
    }

    private func checkTransitions(of stage: Stage, _ path: String) throws(FieldError) {
        for (number, name) in stage.slots.enumerated() where slot(name) == nil {
            throw FieldError(path: "\(path).slots[\(number)]", problem: unknown("slot", name, slots.map(\.name)))
        }
        try checkActions(stage.enter, "\(path).enter")
        for (number, transition) in stage.transitions.enumerated() {
            let path = "\(path).transitions[\(number)]"
            guard self.stage(transition.target) != nil else {
                throw FieldError(path: "\(path).to", problem: unknown("stage", transition.target, stages.map(\.name)))
            }
            try checkActions(transition.actions, "\(path).do")
            try checkTrigger(transition.trigger, of: stage, "\(path).on")
        }
    }

    private func checkTrigger(_ trigger: Transition.Trigger, of stage: Stage, _ path: String) throws(FieldError) {
        switch trigger {
        case .intent(let name, _) where !intents.contains { $0.name == name }:
            throw FieldError(path: "\(path).intent", problem: unknown("intent", name, intents.map(\.name)))
        case .slotsFilled where stage.slots.isEmpty:
            throw FieldError(path: "\(path).slots", problem: "the stage has no slots")
        case .slot(let name, let value):
            guard let slot = slot(name) else {
                throw FieldError(path: "\(path).slot", problem: unknown("slot", name, slots.map(\.name)))
            }
            if let value, SlotReader(slot: slot, today: .now()).check(value) == nil {
                throw FieldError(
                    path: "\(path).is",
                    problem: "\(value) can never be the value of \(name) (\(slot.kind.rawValue))"
                )
            }
        case .slotFailed(let name) where !stage.slots.contains(name):
            throw FieldError(path: "\(path).slot_failed", problem: unknown("slot of this stage", name, stage.slots))
        case .tool(let name, _) where tool(name) == nil:
            throw FieldError(path: "\(path).tool", problem: unknown("tool", name, tools.map(\.name)))
        default: break
        }
    }

    private func checkActions(_ actions: [FlowAction], _ path: String) throws(FieldError) {
        for (number, action) in actions.enumerated() {
            let path = "\(path)[\(number)]"
            switch action {
            case .set(let name, let value):
                guard let slot = slot(name) else {
                    throw FieldError(path: "\(path).set", problem: unknown("slot", name, slots.map(\.name)))
                }
                // What is known of a lead is known when there is one.
                let isOfLead = value.string?.contains("{\(LeadName.prefix)") ?? false
                guard isOfLead || SlotReader(slot: slot, today: .now()).check(value) != nil else {
                    throw FieldError(
                        path: "\(path).set.\(name)",
                        problem: "\(value) is no \(slot.kind.rawValue) for this slot"
                    )
                }
            case .tool(let name, _):
                guard tool(name) != nil else {
                    throw FieldError(path: "\(path).tool", problem: unknown("tool", name, tools.map(\.name)))
                }
            case .transfer(let to):
                guard to.contains("{") || to.isDialable else {
                    throw FieldError(
                        path: "\(path).transfer",
                        problem: "must be +49301234567 or sip:name@host, is \"\(to)\""
                    )
                }
            case .say, .handover, .digits, .end: break
            }
        }
    }

    /// The results of tools fill slots that exist.
    func checkTools() throws(FieldError) {
        for (index, tool) in tools.enumerated() {
            for result in tool.results where slot(result.slot) == nil {
                throw FieldError(
                    path: "tools[\(index)].results",
                    problem: unknown("slot", result.slot, slots.map(\.name))
                )
            }
        }
    }

    private func unknown(_ sort: String, _ name: String, _ known: [String]) -> String {
        let nearest = known.min { $0.editDistance(to: name) < $1.editDistance(to: name) }
        if let nearest, nearest.editDistance(to: name) <= max(2, name.count / 3) {
            return "no \(sort) is called \(name); did you mean \(nearest)?"
        }
        let list = known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
        return "no \(sort) is called \(name); \(list)"
    }
}
