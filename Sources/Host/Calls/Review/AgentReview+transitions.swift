import JSONKit

/// Transitions that can never be taken.
extension AgentReview {
    mutating func checkTransitions(of stage: Stage, _ path: String) {
        for (number, transition) in stage.transitions.enumerated() {
            let path = "\(path).transitions[\(number)]"
            if let problem = isShadowed(transition, number, of: stage) {
                warn("\(path).on", problem)
            } else if let problem = problem(with: transition.trigger, of: stage) {
                warn("\(path).on", problem)
            }
        }
    }

    /// Why an earlier transition is always taken before this one.
    private func isShadowed(_ transition: Transition, _ number: Int, of stage: Stage) -> String? {
        for (other, earlier) in stage.transitions[..<number].enumerated() {
            let covers: Bool
            switch (earlier.trigger, transition.trigger) {
            case (.intent(let first, let least), .intent(let second, let most)):
                covers = first == second && least <= most
            case (.after, .after): covers = true
            case (.slot(let first, nil), .slot(let second, _)): covers = first == second
            case (let first, let second): covers = first == second
            }
            if covers { return "transitions[\(other)] is always taken first" }
        }
        return nil
    }

    private func problem(with trigger: Transition.Trigger, of stage: Stage) -> String? {
        switch trigger {
        case .after(let seconds) where seconds >= agent.turnTaking.maxDurationSeconds:
            return "the call is over by then (turn_taking.max_duration_s is \(agent.turnTaking.maxDurationSeconds))"
        case .silences(let count):
            let settings = agent.turnTaking
            let most = settings.silenceHangupSeconds == 0 ? .max : settings.silencePromptSeconds == 0 ? 1 : 2
            if settings.silenceHangupSeconds == 0, settings.silencePromptSeconds == 0 {
                return "silence is not measured: turn_taking.silence_prompt_s and silence_hangup_s are 0"
            }
            return count <= most
                ? nil : "the agent hangs up after \(most == 1 ? "one silence" : "two silences") in a row"
        case .slotFailed(let name) where agent.slot(name)?.ask.isEmpty == true:
            return "\(name) has no \"ask\": it is never asked for by the document, so it never fails"
        case .tool(let name, _) where !runs(name, before: stage):
            return "\(name) is not run here: no action on the way in runs it, and the stage's tools do not name it"
        case .when(let condition):
            return condition.verdict(in: agent, stage: stage.name).map {
                $0 ? "the condition is always true" : "the condition can never be true"
            }
        default: return nil
        }
    }

    private func runs(_ tool: String, before stage: Stage) -> Bool {
        let ways = agent.stages.flatMap(\.transitions).filter { $0.target == stage.name }
        let isRun = (stage.enter + ways.flatMap(\.actions)).contains {
            if case .tool(tool, _) = $0 { true } else { false }
        }
        return isRun || stage.tools.contains(tool)
    }
}
