import Core
import JSONKit

/// The document's own way through the conversation: slots, transitions, actions.
extension CallMachine {
    // MARK: Slots

    /// Takes what the words say of the stage's slots. Returns the names of those that have a value now and had none.
    mutating func fillSlots(from text: String, _ now: Moment) -> [String] {
        var filled: [String] = []
        // What was asked for goes first: a bare "two" is meant for it, and not for another.
        let order = stage.slots.filter { $0 == slots.awaited } + stage.slots.filter { $0 != slots.awaited }
        for name in order {
            guard let slot = agent.slot(name) else { continue }
            let isAwaited =
                slots.awaited == name || slots.awaited == nil && missing.first?.name == name && filled.isEmpty
            guard slots[name] == nil || isAwaited else { continue }
            let awaits = slots.awaited == name
            guard let value = SlotReader(slot: slot, today: details.localTime).read(text, isAwaited: awaits) else {
                continue
            }
            set(slot, value, by: "caller")
            filled.append(name)
        }
        return filled
    }

    /// Fills slots and remembers whether the words have said what they had to say: "tomorrow" answers one question, not the
    /// next one too.
    @discardableResult
    mutating func noteSlots(from text: String, _ now: Moment) -> [String] {
        let filled = fillSlots(from: text, now)
        if !filled.isEmpty { turn?.isTaken = true }
        return filled
    }

    mutating func set(_ slot: Slot, _ value: JSON, by source: String) {
        guard slots[slot.name] != value else { return }
        slots.set(slot.name, value)
        out.append(.record(.slotFilled, ["slot": .string(slot.name), "value": value, "by": .string(source)]))
        out.append(.remember)
    }

    /// The stage's slots that are not filled and may still be asked for.
    var missing: [Slot] {
        stage.slots.compactMap { agent.slot($0) }.filter { slots[$0.name] == nil && slots.mayAsk($0) }
    }

    // MARK: Ways

    /// The first way out of the stage that is open now, in the order of the document.
    func openWay(for label: CallInput.Label? = nil) -> Transition? {
        stage.transitions.first { transition in
            switch transition.trigger {
            case .intent(let name, let least): label.map { name == $0.name && $0.confidence >= least } ?? false
            case .slotsFilled: stage.slots.allSatisfy { slots[$0] != nil }
            case .slot(let name, let value): value.map { slots[name] == $0 } ?? (slots[name] != nil)
            case .when(let condition): condition.holds { known($0, label) }
            case .digit, .after, .silences, .slotFailed, .tool: false
            }
        }
    }

    /// Whether a way may open by what is learned, so that nothing can be prepared before that is known.
    var learnsHere: Bool {
        !stage.slots.isEmpty
            || stage.transitions.contains {
                switch $0.trigger {
                case .slotsFilled, .slot, .when: true
                default: !$0.actions.isEmpty || agent.stage($0.target)?.slots.isEmpty == false
                }
            }
    }

    /// What a name in a condition stands for.
    private func known(_ name: String, _ label: CallInput.Label?) -> JSON? {
        switch name {
        case "intent": label.map { .string($0.name) } ?? (lastIntent.isEmpty ? nil : .string(lastIntent))
        case "confidence": label.map { .double($0.confidence) }
        case "stage": .string(stage.name)
        case "turns": .int(Int64(turns))
        case "stage_turns": .int(Int64(turns - turnsBeforeStage))
        case "caller": .string(details.from)
        case "called": .string(details.to)
        case "hour": .int(Int64(details.localTime.hour))
        case "weekday": .int(Int64(details.localTime.weekday))
        default: slots[name]
        }
    }

    /// Goes a way, does what it asks for, and answers. Ways that are open at once in the new stage are gone too.
    mutating func follow(_ way: Transition, by cause: String, _ now: Moment, draft: Draft? = nil) {
        var (way, cause) = (way, cause)
        // As many steps as no sensible document needs: a circle of open ways must end.
        for _ in 0..<8 {
            guard let next = agent.stage(way.target) else { return }
            perform(way.actions, now)
            let wasElsewhere = next.name != stage.name
            enter(next, by: cause)
            if wasElsewhere {
                // The words that led here may answer what is asked here.
                if let turn, !turn.isTaken { noteSlots(from: turn.text, now) }
                perform(next.enter, now)
            }
            guard turn?.round == nil, let more = openWay() else { break }
            if let words = way.say { speakReply(slots.fill(words, agent), now) }
            (way, cause) = (more, more.cause)
        }
        respond(saying: way.say, now, draft: draft)
    }

    // MARK: Answering

    /// Answers the turn: with these words, by asking for what is missing, or with the model's words.
    mutating func respond(saying words: String?, filled: [String] = [], _ now: Moment, draft: Draft? = nil) {
        turn?.ledger.asked = now
        // A tool of the document's is at work: what it finds decides.
        if turn?.round != nil {
            turn?.words = words
            return
        }
        if let words {
            speakReply(slots.fill(words, agent), now)
            return askNext(now)
        }
        if let slot = slots.awaited.flatMap({ agent.slot($0) }), slots[slot.name] == nil, filled.isEmpty,
            turn?.texts.isEmpty == false
        {
            return notAnswered(slot, now)
        }
        guard missing.first?.ask.isEmpty == false, leaving == nil else {
            guard let draft else { return reply(saying: nil, now) }
            return adopt(draft, now)
        }
        askNext(now)
    }

    /// What the caller said does not answer what was asked. A question of the caller's is answered first.
    private mutating func notAnswered(_ slot: Slot, _ now: Moment) {
        if isAnswerable {
            turn?.asksAfter = true
            return reply(saying: nil, now)
        }
        guard slots.mayAsk(slot) else { return giveUp(slot, now) }
        slots.ask(slot)
        speakReply(slots.fill(slot.askAgain, agent), now)
        finishReply(now)
    }

    private var isAnswerable: Bool {
        guard let current = turn, let best = current.labels.first, best.confidence >= 0.5 else { return false }
        return stage.templates[best.name] != nil || stage.retrieves && !current.passages.isEmpty
    }

    /// Asks for the next thing there is to learn, if anything, and the turn's reply is complete.
    mutating func askNext(_ now: Moment) {
        if let slot = missing.first, !slot.ask.isEmpty, leaving == nil, stage.final == nil {
            slots.ask(slot)
            speakReply(slots.fill(slot.ask, agent), now)
        }
        finishReply(now)
    }

    /// It was asked for as often as it may be.
    private mutating func giveUp(_ slot: Slot, _ now: Moment) {
        slots.awaited = nil
        let way = stage.transitions.first { $0.trigger == .slotFailed(slot.name) }
        if let way { return follow(way, by: "slot_failed \(slot.name)", now) }
        if missing.isEmpty { reply(saying: nil, now) } else { askNext(now) }
    }

    // MARK: Actions

    mutating func perform(_ actions: [FlowAction], _ now: Moment) {
        for action in actions {
            switch action {
            case .say(let text): speakReply(slots.fill(text, agent), now)
            case .set(let name, let value):
                guard let slot = agent.slot(name) else { continue }
                if let checked = SlotReader(slot: slot, today: details.localTime).check(ofLead(value)) {
                    set(slot, checked, by: "document")
                }
            case .tool(let name, let arguments): run(name, id: "", filled(arguments), now)
            case .transfer(let to): leaving = .transfer(to: slots.fill(to, agent))
            case .handover(let agent): leaving = .handover(agent: agent)
            case .digits(let digits): out.append(.sendDigits(digits))
            case .end(let disposition): endAfterSpeech = disposition
            }
        }
    }

    /// The value that an action gives to a slot: what is known of the lead, where it names that.
    private func ofLead(_ value: JSON) -> JSON {
        guard let text = value.string else { return value }
        return .string(slots.fillLead(text))
    }

    /// Arguments of a tool with slots in their texts; a text that is nothing but a slot becomes its value.
    private func filled(_ json: JSON) -> JSON {
        switch json {
        case .string(let text):
            if text.first == "{", text.last == "}", let value = slots[String(text.dropFirst().dropLast())] {
                return value
            }
            return .string(slots.fill(text, agent))
        case .array(let items): return .array(items.map { filled($0) })
        case .object(let object):
            var result = JSONObject()
            for (name, value) in object { result[name] = filled(value) }
            return .object(result)
        default: return json
        }
    }

    // MARK: Keys

    /// A key that no way waits for may be an answer: collected until `#`, or until no more come. False if it is none.
    mutating func collect(_ digit: Character, _ now: Moment) -> Bool {
        guard let name = slots.awaited, let slot = agent.slot(name), slot.takesKeys else { return false }
        if digit != "#" { keys.append(digit) }
        let isFull = slot.kind == .digits && slot.maximum.map { Double(keys.count) >= $0 } ?? false
        if digit == "#" || isFull || slot.kind == .choice || slot.kind == .boolean {
            keysAreDue(now)
        } else {
            out.append(.arm(.keys, after: .seconds(3)))
        }
        return true
    }

    /// The keys are complete: they are what the caller says.
    mutating func keysAreDue(_ now: Moment) {
        let pressed = keys
        keys = ""
        out.append(.disarm(.keys))
        guard phase == .live, !pressed.isEmpty, let name = slots.awaited, let slot = agent.slot(name) else { return }
        stopEverything(now)
        turns += 1
        turn = Turn(number: turns)
        turn?.texts = ["[keys \(pressed)]"]
        turn?.isTaken = true
        turn?.ledger.closed = now
        var filled: [String] = []
        let meant = slot.kind == .boolean ? (pressed == "1" ? "yes" : "no") : pressed
        if let value = SlotReader(slot: slot, today: details.localTime).read(meant, isAwaited: true) {
            set(slot, value, by: "keys")
            filled = [name]
        }
        if let way = openWay() { return follow(way, by: way.cause, now) }
        respond(saying: nil, filled: filled, now)
    }
}

extension Slot {
    fileprivate var takesKeys: Bool {
        switch kind {
        case .digits, .phone, .integer, .number, .choice, .boolean: true
        case .text, .date, .time, .email: false
        }
    }
}

extension Transition {
    /// What `stage.entered` says took it.
    var cause: String {
        switch trigger {
        case .intent(let name, _): "intent \(name)"
        case .digit(let digit): "digit \(digit)"
        case .after: "time"
        case .silences: "silence"
        case .slotsFilled: "slots"
        case .slot(let name, _): "slot \(name)"
        case .slotFailed(let name): "slot_failed \(name)"
        case .tool(let name, _): "tool \(name)"
        case .when: "condition"
        }
    }
}
