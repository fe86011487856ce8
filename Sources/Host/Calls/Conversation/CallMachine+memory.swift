import Core
import JSONKit

/// What is remembered of the call, and going on from what another host remembered.
extension CallMachine {
    /// The transcript's part of the context, in bytes: older lines are forgotten.
    private static let longestTranscript = 12 << 10

    var memory: CallMemory {
        var context: JSONObject = [
            "messages": .array(conversation.messages), "turns": .int(Int64(turns)), "slots": slots.json,
            "stages": .array(stagesVisited.map { .string($0) }), "intents": .array(intents.suffix(50).map { $0 }),
            "barge_ins": .int(Int64(bargeIns)),
            "transcript": .array(conversation.latest(bytes: Self.longestTranscript)),
        ]
        if let awaited = slots.awaited { context["awaited"] = .string(awaited) }
        var parties: JSONObject = [
            "agent": .string(agent.name), "direction": .string(details.direction.rawValue),
            "from": .string(details.from), "to": .string(details.to),
            "carrier_call_id": .string(details.carrierCallID),
        ]
        if let order = details.order { parties["order"] = order.json }
        return CallMemory(
            id: details.id,
            lastTranscript: lastTranscript,
            lastIntent: lastIntent,
            stage: stage.name,
            context: .object(context),
            parties: .object(parties)
        )
    }

    /// What the event says with which the call begins, or goes on.
    var beginning: JSON {
        var data: JSONObject = [
            "agent": .string(agent.name), "direction": .string(details.direction.rawValue),
            "from": .string(details.from), "to": .string(details.to),
            "carrier_call_id": .string(details.carrierCallID),
        ]
        if let memory = details.resumed {
            data["stage"] = .string(memory.stage)
            data["from_host"] = .string(memory.formerHost)
            data["times"] = .int(memory.epoch)
        }
        return ordered(data)
    }

    /// The data of an event, with what the call was placed for.
    func ordered(_ data: JSONObject) -> JSON {
        var data = data
        for (name, value) in details.order?.members ?? [:] { data[name] = value }
        return .object(data)
    }

    /// The call goes on where another host left it: the same stage, slots and words. The caller is told, and hears again
    /// what they have not answered; an answer of theirs that nobody has replied to is asked for once more.
    mutating func resume(_ memory: CallMemory, _ now: Moment) {
        let context = memory.context
        conversation = Conversation(context["transcript"]?.array ?? [])
        slots = Slots(context["slots"] ?? [:], awaited: context["awaited"]?.string, lead: slots.lead)
        (turns, bargeIns) = (Int(context["turns"]?.int ?? 0), Int(context["barge_ins"]?.int ?? 0))
        intents = context["intents"]?.array ?? []
        (lastTranscript, lastIntent) = (memory.lastTranscript, memory.lastIntent)
        stagesVisited = (context["stages"]?.array ?? []).compactMap(\.string)
        let awaited = slots.awaited
        enter(agent.stage(memory.stage) ?? stage, by: "continued")
        slots.awaited = awaited
        speak(agent.lines.cutOff)
        switch conversation.lines.last {
        case (.agent, let text)?: speak(text)
        case (.caller, _)?: speak(agent.lines.notUnderstood)
        case nil: if !agent.greeting.isEmpty { speak(slots.fill(agent.greeting, agent)) }
        }
        if !speech.isActive { armSilence() }
    }
}
