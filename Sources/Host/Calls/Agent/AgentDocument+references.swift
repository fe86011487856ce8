import JSONKit

extension AgentDocument {
    /// Every name that one part of the document uses must exist in another.
    func checkReferences(_ fields: Fields) throws(FieldError) {
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
        for (number, transition) in stage.transitions.enumerated() {
            let path = "\(path).transitions[\(number)]"
            guard self.stage(transition.target) != nil else {
                throw FieldError(path: "\(path).to", problem: unknown("stage", transition.target, stages.map(\.name)))
            }
            guard case .intent(let name, _) = transition.trigger else { continue }
            guard intents.contains(where: { $0.name == name }) else {
                throw FieldError(path: "\(path).on.intent", problem: unknown("intent", name, intents.map(\.name)))
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
