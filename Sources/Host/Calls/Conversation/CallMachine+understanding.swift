import Core
import JSONKit

extension CallMachine {
    /// Every word is there and the caller is silent: what is wanted, and what do we know of it? Both are asked at once.
    mutating func understandIfReady(_ now: Moment) {
        guard let current = turn, hearing == nil, current.pending.isEmpty, current.question == nil else { return }
        guard !current.texts.isEmpty else { return notUnderstood(now) }
        interruption = nil
        if takeUpDraft(now) { return }
        let question = newItem()
        let collections = collectionsInReach
        turn?.question = question
        turn?.awaitsLabels = !agent.intents.isEmpty
        turn?.awaitsPassages = !collections.isEmpty
        guard turn?.awaitsLabels == true || turn?.awaitsPassages == true else { return decide(now) }
        if !agent.intents.isEmpty { out.append(.classify(item: question, text: current.text)) }
        if !collections.isEmpty {
            out.append(.retrieve(item: question, text: current.text, collections: collections))
        }
        out.append(.arm(.understanding, after: .milliseconds(agent.turnTaking.understanding)))
    }

    private mutating func notUnderstood(_ now: Moment) {
        dropTurn()
        if resumeAfterFalseInterruption(now) { return }
        misses += 1
        if misses <= 2 { speak(agent.lines.notUnderstood) } else if !speech.isActive { armSilence() }
    }

    /// The collections of this stage and of those that the intent may lead to: there is no time to ask one after the other.
    var collectionsInReach: [String] {
        var result: [String] = []
        for candidate in [stage] + stage.transitions.compactMap({ agent.stage($0.target) }) where candidate.retrieves {
            for name in collections(of: candidate) where !result.contains(name) { result.append(name) }
        }
        return result
    }

    private func collections(of stage: Stage) -> [String] {
        stage.collections.isEmpty ? agent.collections : stage.collections
    }

    mutating func labelled(_ item: UInt64, _ labels: [CallInput.Label]?, _ now: Moment) {
        if drafted(labels: labels, item) { return }
        guard let current = turn, current.question == item, current.awaitsLabels else { return }
        turn?.awaitsLabels = false
        turn?.labels = labels ?? []
        turn?.ledger.labels = now
        if let ledger = turn?.ledger { out.append(.observe(.intent, seconds: ledger.intent / 1000)) }
        decideIfReady(now)
    }

    mutating func retrieved(_ item: UInt64, _ passages: [Passage]?, _ now: Moment) {
        if drafted(passages: passages, item) { return }
        guard let current = turn, current.question == item, current.awaitsPassages else { return }
        turn?.awaitsPassages = false
        turn?.passages = Array((passages ?? []).prefix(agent.passages))
        turn?.ledger.passages = now
        if let ledger = turn?.ledger { out.append(.observe(.retrieval, seconds: ledger.retrieval / 1000)) }
        decideIfReady(now)
    }

    private mutating func decideIfReady(_ now: Moment) {
        guard let turn, !turn.awaitsLabels, !turn.awaitsPassages else { return }
        out.append(.disarm(.understanding))
        decide(now)
    }

    /// Intent and retrieval have had their time: on without what is missing.
    mutating func understandingIsDue(_ now: Moment) {
        guard let current = turn, let question = current.question else { return }
        out.append(.cancelQuestions(item: question))
        turn?.ledger.lacksLabels = current.awaitsLabels
        decide(now)
    }

    /// What the words mean is known. `draft`: the reply that was prepared for them.
    mutating func decide(_ now: Moment, draft: Draft? = nil) {
        turn?.question = nil
        turn?.awaitsLabels = false
        turn?.awaitsPassages = false
        guard let current = turn else { return }
        guard let best = current.labels.first else { return goOn(nil, draft, now) }
        lastIntent = best.name
        let label: JSON = ["intent": .string(best.name), "confidence": .double(best.confidence)]
        intents.append(label)
        out.append(
            .record(
                .intentLabelled,
                [
                    "turn": .int(Int64(current.number)), "intent": .string(best.name),
                    "confidence": .double(best.confidence),
                    "labels": .array(
                        current.labels.prefix(3).map {
                            ["name": .string($0.name), "confidence": .double($0.confidence)]
                        }
                    ),
                ]
            )
        )
        out.append(.remember)
        goOn(best, draft, now)
    }

    /// What the words tell is noted; then a way out of the stage, if one is open, or an answer within it.
    private mutating func goOn(_ label: CallInput.Label?, _ draft: Draft?, _ now: Moment) {
        let filled = noteSlots(from: turn?.text ?? "", now)
        if let way = openWay(for: label) { return follow(way, by: way.cause, now, draft: draft) }
        respond(saying: nil, filled: filled, now, draft: draft)
    }
}
