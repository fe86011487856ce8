import JSONKit

/// What the model is asked: the `llm` contract of `patchbay/kinds.h`.
enum Prompt {
    /// What is known when a reply is wanted.
    struct Situation {
        var stage: Stage
        var heard: String = ""
        var intent: String?
        var confidence: Double = 0
        var passages: [Passage] = []
        /// What of this very reply the caller has already been told, by a provider that failed.
        var alreadySaid: String = ""
        /// What the model has had done in this turn, and what came of it.
        var toolMessages: [JSON] = []
        var slots = Slots()
    }

    static func json(agent: AgentDocument, _ situation: Situation, conversation: Conversation) -> JSON {
        var messages: [JSON] = [["role": "system", "content": .string(system(agent, situation))]]
        messages += conversation.messages
        if !situation.heard.isEmpty { messages.append(["role": "user", "content": .string(situation.heard)]) }
        messages += situation.toolMessages
        if !situation.alreadySaid.isEmpty {
            messages.append(["role": "assistant", "content": .string(situation.alreadySaid)])
            messages.append([
                "role": "system", "content": "You were cut off there. Continue with the next word; repeat nothing.",
            ])
        }
        var prompt: JSONObject = ["messages": .array(messages), "context": context(agent, situation)]
        let tools = agent.tools.filter { situation.stage.tools.contains($0.name) }
        if !tools.isEmpty { prompt["tools"] = .array(tools.map(\.json)) }
        return .object(prompt)
    }

    private static func system(_ agent: AgentDocument, _ situation: Situation) -> String {
        var parts = [agent.instructions, situation.stage.instructions].map { situation.slots.fillLead($0) }
        if !situation.slots.lead.isEmpty {
            parts.append("You have called this person. What is known of them: \(JSON.object(situation.slots.lead))")
        }
        if !situation.stage.goal.isEmpty { parts.append("Your goal now: \(situation.stage.goal)") }
        parts += slotParts(agent, situation)
        parts.append("You speak on the telephone: answer in one to three short sentences, without lists or symbols.")
        if !situation.passages.isEmpty {
            parts.append(
                "What you know, to answer from:\n" + situation.passages.map(\.titled).joined(separator: "\n---\n")
            )
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// What is to be learned, and what is known.
    private static func slotParts(_ agent: AgentDocument, _ situation: Situation) -> [String] {
        let known = agent.slots.filter { situation.slots[$0.name] != nil }
        let wanted = situation.stage.slots.compactMap { agent.slot($0) }.filter { situation.slots[$0.name] == nil }
        var parts: [String] = []
        if !known.isEmpty { parts.append("You know already: \(situation.slots.json)") }
        if !wanted.isEmpty {
            let list = wanted.map { "\($0.name) (\($0.kind.rawValue))" }.joined(separator: ", ")
            parts.append("You still have to learn: \(list). Note each with set_slot as soon as it is said.")
        }
        return parts
    }

    private static func context(_ agent: AgentDocument, _ situation: Situation) -> JSON {
        var templates = JSONObject()
        for (name, text) in situation.stage.templates.sorted(by: { $0.key < $1.key }) {
            // As they are said: "Tuesday the 1st of December", not 2026-12-01.
            templates[name] = .string(situation.slots.fill(text, agent))
        }
        if templates["no_answer"] == nil { templates["no_answer"] = .string(agent.lines.cannotAnswer) }
        var context: JSONObject = [
            "agent": .string(agent.name), "stage": .string(situation.stage.name), "goal": .string(situation.stage.goal),
            "passages": .array(situation.passages.map(\.json)), "templates": .object(templates),
        ]
        if case .object(let slots) = situation.slots.json, !slots.isEmpty { context["slots"] = .object(slots) }
        if !situation.slots.lead.isEmpty { context["lead"] = .object(situation.slots.lead) }
        if let intent = situation.intent {
            context["intent"] = .string(intent)
            context["confidence"] = .double(situation.confidence)
        }
        return .object(context)
    }
}
