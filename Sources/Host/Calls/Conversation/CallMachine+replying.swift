import Core
import JSONKit

extension CallMachine {
    /// Answers the turn: with these words, or with the model's.
    mutating func reply(saying text: String?, _ now: Moment) {
        turn?.ledger.asked = now
        guard let text else { return ask(now) }
        speakReply(text, now)
        turn?.isReplied = true
    }

    private mutating func ask(_ now: Moment) {
        guard let current = turn else { return }
        let item = newItem()
        turn?.reply = item
        turn?.sentences.reset()
        var situation = Prompt.Situation(stage: stage)
        situation.heard = current.text
        situation.intent = current.labels.first?.name
        situation.confidence = current.labels.first?.confidence ?? 0
        situation.passages = stage.retrieves ? current.passages : []
        situation.alreadySaid = current.said.joined(separator: " ")
        let prompt = Prompt.json(agent: agent, situation, conversation: conversation)
        out.append(.ask(item: item, prompt: prompt))
    }

    mutating func replied(_ item: UInt64, _ text: String, _ now: Moment) {
        if drafted(item, piece: text) { return }
        guard turn?.reply == item, !text.isEmpty else { return }
        if turn?.ledger.firstToken == nil { turn?.ledger.firstToken = now }
        for sentence in turn?.sentences.append(text) ?? [] { speakReply(sentence, now) }
    }

    mutating func replyDone(_ item: UInt64, _ now: Moment) {
        if draftDone(item) { return }
        guard turn?.reply == item else { return }
        if let rest = turn?.sentences.finish() { speakReply(rest, now) }
        completeReply(now)
    }

    /// The provider died. What was said stands; another one goes on from there. What was not yet cut into a sentence has
    /// not been said.
    mutating func replyRestarted(_ item: UInt64, _ now: Moment) {
        if draftFailed(item, restarts: true) { return }
        guard turn?.reply == item else { return }
        turn?.sentences.reset()
        guard turn?.said.isEmpty == false else { return }
        turn?.isContinued = true
        out.append(.cancelReply(item: item))
        ask(now)
    }

    mutating func replyFailed(_ item: UInt64, _ now: Moment) {
        if draftFailed(item, restarts: false) { return }
        guard turn?.reply == item else { return }
        completeReply(now)
    }

    private mutating func completeReply(_ now: Moment) {
        turn?.reply = nil
        turn?.isReplied = true
        if turn?.said.isEmpty == true {
            let intent = turn?.labels.first?.name
            let isEnd = turn?.endsCall == true || stage.final != nil
            let words = isEnd ? agent.lines.goodbye : agent.lines.cannotAnswer
            speakReply(stage.fallback(intent: intent) ?? words, now)
        }
        if !speech.isActive { allHeard(now) }
    }

    /// The model wants something done. `end_call` is the one thing it may do.
    mutating func called(_ item: UInt64, _ calls: JSON) {
        if drafted(item, calls: calls) { return }
        guard turn?.reply == item else { return }
        for call in calls.array ?? [] {
            guard let name = call["name"]?.string, stage.tools.contains(name) else { continue }
            out.append(.record(.toolCalled, ["name": .string(name), "arguments": call["arguments"] ?? [:]]))
            guard name == "end_call" else { continue }
            turn?.endsCall = true
            endAfterSpeech = stage.disposition ?? "completed"
        }
    }

    private mutating func speakReply(_ text: String, _ now: Moment) {
        // A provider that starts over says again what was said: the caller need not hear it twice.
        if turn?.isContinued == true, turn?.said.contains(text) == true { return }
        let item = speak(text)
        turn?.said.append(text)
        guard turn?.firstSentence == nil else { return }
        turn?.firstSentence = item
    }
}
