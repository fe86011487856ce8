import Core
import JSONKit

/// Preparing a reply during the silence that may end the caller's turn, and dropping it without a trace if it does not.
extension CallMachine {
    /// The caller pauses, or what is understood of the words before the pause has changed.
    mutating func prepare(_ now: Moment) {
        guard agent.turnTaking.preemptive, phase == .live, hearing != nil, !learnsHere, let current = turn,
            !partial.isEmpty,
            tongue.completeness.judge(partial) != .unfinished
        else { return }
        let text = (current.texts + [partial]).joined(separator: " ")
        guard current.draft?.answers(text) != true else { return }
        dropDraft()
        let collections = collectionsInReach
        var draft = Draft(text: text, stage: stage.name, began: now, question: newItem())
        (draft.awaitsLabels, draft.awaitsPassages) = (!agent.intents.isEmpty, !collections.isEmpty)
        if draft.awaitsLabels { out.append(.classify(item: draft.question, text: text)) }
        if draft.awaitsPassages {
            out.append(.retrieve(item: draft.question, text: text, collections: collections))
        }
        turn?.draft = draft
        askDraft()
    }

    /// The caller went on, or said something else.
    mutating func dropDraft() {
        guard let draft = turn?.draft else { return }
        turn?.draft = nil
        if draft.awaitsLabels || draft.awaitsPassages { out.append(.cancelQuestions(item: draft.question)) }
        if let reply = draft.reply { out.append(.cancelReply(item: reply)) }
    }

    /// What came for the draft; false if it is not the draft's.
    mutating func drafted(labels: [CallInput.Label]?, _ item: UInt64) -> Bool {
        guard turn?.draft?.question == item, turn?.draft?.awaitsLabels == true else { return false }
        turn?.draft?.awaitsLabels = false
        turn?.draft?.labels = labels ?? []
        askDraft()
        return true
    }

    mutating func drafted(passages: [Passage]?, _ item: UInt64) -> Bool {
        guard turn?.draft?.question == item, turn?.draft?.awaitsPassages == true else { return false }
        turn?.draft?.awaitsPassages = false
        turn?.draft?.passages = Array((passages ?? []).prefix(agent.passages))
        askDraft()
        return true
    }

    mutating func drafted(_ item: UInt64, piece: String) -> Bool {
        guard let draft = turn?.draft, draft.reply == item else { return false }
        turn?.draft?.pieces.append(piece)
        return true
    }

    mutating func drafted(_ item: UInt64, calls: JSON) -> Bool {
        guard let draft = turn?.draft, draft.reply == item else { return false }
        turn?.draft?.calls.append(calls)
        return true
    }

    mutating func draftDone(_ item: UInt64) -> Bool {
        guard let draft = turn?.draft, draft.reply == item else { return false }
        turn?.draft?.isDone = true
        return true
    }

    /// It begins again at another provider, or nobody could make it: then it is made when its time has come.
    mutating func draftFailed(_ item: UInt64, restarts: Bool) -> Bool {
        guard let draft = turn?.draft, draft.reply == item else { return false }
        turn?.draft?.pieces = []
        turn?.draft?.calls = []
        if !restarts { turn?.draft = nil }
        return true
    }

    /// With intent and passages there, the model is asked; not where the document has the words.
    private mutating func askDraft() {
        guard let draft = turn?.draft, !draft.awaitsLabels, !draft.awaitsPassages, draft.reply == nil else { return }
        let way = openWay(for: draft.labels.first)
        guard way?.say == nil else { return }
        let item = newItem()
        turn?.draft?.reply = item
        var situation = Prompt.Situation(stage: way.flatMap { agent.stage($0.target) } ?? stage)
        situation.heard = draft.text
        situation.intent = draft.labels.first?.name
        situation.confidence = draft.labels.first?.confidence ?? 0
        situation.passages = situation.stage.retrieves ? draft.passages : []
        out.append(.ask(item: item, prompt: Prompt.json(agent: agent, situation, conversation: conversation)))
    }

    /// The final transcript is there: the draft is taken up where it is, if it answers this. False if there is none.
    mutating func takeUpDraft(_ now: Moment) -> Bool {
        guard let current = turn, let draft = current.draft else { return false }
        guard draft.answers(current.text), draft.stage == stage.name else {
            dropDraft()
            return false
        }
        turn?.draft = nil
        turn?.preparedFor = now.milliseconds(since: draft.began)
        turn?.labels = draft.labels
        turn?.passages = draft.passages
        turn?.ledger.labels = now
        turn?.ledger.passages = now
        guard !draft.awaitsLabels, !draft.awaitsPassages else {
            turn?.question = draft.question
            turn?.awaitsLabels = draft.awaitsLabels
            turn?.awaitsPassages = draft.awaitsPassages
            out.append(.arm(.understanding, after: .milliseconds(agent.turnTaking.understanding)))
            return true
        }
        decide(now, draft: draft)
        return true
    }

    /// Says what the model has made so far; the rest follows as for any reply.
    mutating func adopt(_ draft: Draft, _ now: Moment) {
        guard let item = draft.reply else { return reply(saying: nil, now) }
        turn?.reply = item
        for piece in draft.pieces { replied(item, piece, now) }
        for calls in draft.calls { called(item, calls, now) }
        if draft.isDone { replyDone(item, now) }
    }
}
