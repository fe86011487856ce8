import JSONKit

/// Texts with names in braces.
extension AgentReview {
    /// What a template model fills in beside slots.
    private static let known: Set<String> = ["agent", "stage", "intent", "answer"]

    mutating func checkTexts() {
        checkNames(in: agent.greeting, "greeting")
        checkNames(in: agent.voicemail.message, "voicemail.message")
        for (index, slot) in agent.slots.enumerated() {
            checkNames(in: slot.ask, "slots[\(index)].ask")
            if slot.askAgain != slot.ask { checkNames(in: slot.askAgain, "slots[\(index)].ask_again") }
        }
        for (index, tool) in agent.tools.enumerated() { checkNames(in: tool.filler, "tools[\(index)].filler") }
        for (index, stage) in agent.stages.enumerated() {
            let path = "stages[\(index)]"
            for (name, text) in stage.templates.sorted(by: { $0.key < $1.key }) {
                checkNames(in: text, "\(path).templates.\(name)", isTemplate: true)
                if text.contains("{answer}"), !stage.retrieves {
                    warn(
                        "\(path).templates.\(name)",
                        "{answer} is what was looked up; the stage needs \"retrieve\": true"
                    )
                }
            }
            check(stage.enter, "\(path).enter")
            for (number, transition) in stage.transitions.enumerated() {
                checkNames(in: transition.say ?? "", "\(path).transitions[\(number)].say")
                check(transition.actions, "\(path).transitions[\(number)].do")
            }
        }
    }

    private mutating func check(_ actions: [FlowAction], _ path: String) {
        for (index, action) in actions.enumerated() {
            switch action {
            case .say(let text): checkNames(in: text, "\(path)[\(index)].say")
            case .transfer(let to): checkNames(in: to, "\(path)[\(index)].transfer")
            case .tool(_, let arguments):
                checkNames(in: arguments.description, "\(path)[\(index)].arguments", isJSON: true)
            case .set, .handover, .digits, .end: break
            }
        }
    }

    private mutating func checkNames(
        in text: String,
        _ path: String,
        isTemplate: Bool = false,
        isJSON: Bool = false
    ) {
        for name in Self.names(in: text) where name.isIdentifier || !isJSON {
            guard agent.slot(name) == nil, LeadName(name) == nil, !(isTemplate && Self.known.contains(name)) else {
                continue
            }
            let what = isTemplate ? "the sentence is left out" : "it is spoken as it stands"
            warn(path, "{\(name)} is no slot, so \(isJSON ? "it stays as it stands" : what)\(nearest(name))")
        }
    }

    private func nearest(_ name: String) -> String {
        let nearest = agent.slots.map(\.name).min { $0.editDistance(to: name) < $1.editDistance(to: name) }
        guard let nearest, nearest.editDistance(to: name) <= max(2, name.count / 3) else { return "" }
        return "; did you mean {\(nearest)}?"
    }

    private static func names(in text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            rest = rest[rest.index(after: open)...]
            guard let end = rest.firstIndex(where: { "{}\"".contains($0) }) else { break }
            if rest[end] == "}" { names.append(String(rest[..<end])) }
            rest = rest[end...]
        }
        return names
    }
}
