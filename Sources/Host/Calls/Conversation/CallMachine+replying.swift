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
        situation.alreadySaid = current.said[min(current.saidBefore, current.said.count)...].joined(separator: " ")
        situation.toolMessages = current.toolMessages
        situation.slots = slots
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
        guard turn?.round == nil else {
            turn?.round?.isAnswered = true
            return goOnAfterTools(now)
        }
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

    mutating func completeReply(_ now: Moment) {
        turn?.reply = nil
        turn?.isReplied = true
        if turn?.said.isEmpty == true {
            let intent = turn?.labels.first?.name
            let isEnd = turn?.endsCall == true || stage.final != nil
            let words = isEnd ? agent.lines.goodbye : agent.lines.cannotAnswer
            speakReply(stage.fallback(intent: intent) ?? words, now)
        }
        guard turn?.asksAfter != true else {
            turn?.asksAfter = false
            return askNext(now)
        }
        finishReply(now)
    }

    /// Nothing more will be said in this turn.
    mutating func finishReply(_ now: Moment) {
        turn?.isReplied = true
        if !speech.isActive { allHeard(now) }
    }

    mutating func speakReply(_ text: String, _ now: Moment) {
        // A provider that starts over says again what was said: the caller need not hear it twice.
        if turn?.isContinued == true, turn?.said.contains(text) == true { return }
        let item = speak(text)
        turn?.said.append(text)
        guard turn?.firstSentence == nil else { return }
        turn?.firstSentence = item
    }
}
