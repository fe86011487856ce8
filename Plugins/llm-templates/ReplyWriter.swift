import JSONKit
import TextKit

/// Chooses what is said: the template of the intent, an answer from the passages, or the stage's default.
struct ReplyWriter: Sendable {
    let finder: AnswerFinder
    let intentConfidence: Double

    private static let lastResort = "I am sorry, I cannot answer that."

    /// The whole reply to a request of the `llm` contract.
    func reply(to request: JSON) -> String {
        let messages = request["messages"]?.array ?? []
        let context = request["context"] ?? [:]
        let asked = messages.lastIndex { $0["role"]?.string == "user" }
        let heard = asked.flatMap { messages[$0]["content"]?.string } ?? ""
        let reply = choose(heard, context)
        // After a provider that failed in mid-sentence, only what the caller has not been told yet.
        let said = messages[((asked ?? -1) + 1)...].filter { $0["role"]?.string == "assistant" }
            .compactMap { $0["content"]?.string }.joined(separator: " ")
        guard !said.isEmpty, reply.hasPrefix(said) else { return reply }
        return String(reply.dropFirst(said.count))
    }

    private func choose(_ heard: String, _ context: JSON) -> String {
        let templates = context["templates"] ?? [:]
        let passages = (context["passages"]?.array ?? []).compactMap { passage in
            passage["text"]?.string.map { (heading: passage["heading"]?.string ?? "", text: $0) }
        }
        let answer = heard.isEmpty ? nil : finder.answer(to: heard, from: passages)
        var slots = context["slots"]?.object ?? [:]
        for name in ["agent", "stage", "intent"] where slots[name] == nil { slots[name] = context[name] }
        if let answer { slots["answer"] = .string(answer) }

        func template(_ name: String) -> String? {
            templates[name]?.string.flatMap { Template($0).filled(with: slots) }
        }
        let confidence = context["confidence"]?.double ?? 1
        if let intent = context["intent"]?.string, confidence >= intentConfidence, let text = template(intent) {
            return text
        }
        if let answer { return answer }
        let wantsAnswer = !passages.isEmpty && Self.isQuestion(heard)
        let order = wantsAnswer ? ["no_answer", "default"] : ["default", "no_answer"]
        return order.lazy.compactMap(template).first ?? Self.lastResort
    }

    private static let questionWords: Set<String> = [
        "what", "whats", "when", "where", "who", "whose", "which", "why", "how", "is", "are", "do", "does", "did",
        "can",
        "could", "will", "would", "may", "should", "have", "has",
    ]

    /// Recognition writes no question marks: the first words tell.
    private static func isQuestion(_ text: String) -> Bool {
        text.contains("?") || Words.split(text).prefix(3).contains { questionWords.contains($0) }
    }
}
