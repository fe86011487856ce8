public import JSONKit

/// Reads an agent document as its author should have: what it says, and whether that can have been meant.
public struct AgentReview {
    let agent: AgentDocument
    private var findings: [AgentFinding] = []

    init(_ agent: AgentDocument) { self.agent = agent }

    /// The error that refuses a document, or everything about it that is odd, in the order of the document.
    public static func findings(on document: JSON) -> [AgentFinding] {
        do throws(FieldError) {
            var review = AgentReview(try AgentDocument(document))
            return review.read()
        } catch {
            return [AgentFinding(.error, error.path, error.problem)]
        }
    }

    mutating func read() -> [AgentFinding] {
        checkTexts()
        checkUse()
        let reachable = reachable(from: agent.start)
        for (index, stage) in agent.stages.enumerated() {
            let path = "stages[\(index)]"
            if !reachable.contains(stage.name) {
                warn(path, "\(stage.name) is never entered: no transition of a stage that is entered leads to it")
            } else {
                checkWayOut(of: stage, path)
            }
            checkSlots(of: stage, path)
            checkTransitions(of: stage, path)
        }
        return findings
    }

    mutating func warn(_ path: String, _ problem: String) { findings.append(AgentFinding(.warning, path, problem)) }

    // MARK: Ways

    private func reachable(from start: String) -> Set<String> {
        var found: Set<String> = []
        var open = [start]
        while let name = open.popLast() {
            guard found.insert(name).inserted, let stage = agent.stage(name) else { continue }
            open += stage.transitions.map(\.target)
        }
        return found
    }

    /// Whether the call may leave the agent's hands here: it ends, or somebody else goes on.
    private func mayEnd(in stage: Stage) -> Bool {
        stage.final != nil || (stage.enter + stage.transitions.flatMap(\.actions)).contains(where: ends)
            || stage.tools.contains { name in
                switch agent.tool(name)?.work {
                case .endCall, .transfer, .handover: true
                default: false
                }
            }
    }

    private func ends(_ action: FlowAction) -> Bool {
        switch action {
        case .transfer, .handover, .end: true
        case .tool(let name, _):
            switch agent.tool(name)?.work {
            case .endCall, .transfer, .handover: true
            default: false
            }
        case .say, .set, .digits: false
        }
    }

    private mutating func checkWayOut(of stage: Stage, _ path: String) {
        guard !mayEnd(in: stage) else { return }
        if stage.transitions.allSatisfy({ $0.target == stage.name }) {
            return warn(
                path,
                "nothing leads out of \(stage.name): give it a transition, a final disposition, or a tool such as end_call"
            )
        }
        let ahead = reachable(from: stage.name).compactMap { agent.stage($0) }
        if !ahead.contains(where: mayEnd) {
            warn(path, "no way from \(stage.name) comes to an end: the call goes on until somebody hangs up")
        }
    }
}
