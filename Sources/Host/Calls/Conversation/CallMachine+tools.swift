import Core
import JSONKit

/// Tools: asked for by the model or the document, run elsewhere, and what becomes of their results.
extension CallMachine {
    /// After so many rounds in a turn the model has to speak.
    private static let mostRounds = 4

    /// The model wants something done.
    mutating func called(_ item: UInt64, _ calls: JSON, _ now: Moment) {
        if drafted(item, calls: calls) { return }
        guard turn?.reply == item else { return }
        for call in calls.array ?? [] {
            let name = call["name"]?.string ?? ""
            let id = call["id"]?.string ?? "call_\((turn?.round?.calls.count ?? 0) + 1)"
            if turn?.round == nil { turn?.round = ToolRound(isAnswered: false) }
            guard stage.tools.contains(name) else {
                note(name, id, call["arguments"] ?? [:], error: "there is no tool called \(name) here", now)
                continue
            }
            run(name, id: id, call["arguments"] ?? [:], now)
        }
    }

    /// Runs a tool: what only concerns the call at once, everything else elsewhere.
    mutating func run(_ name: String, id: String, _ arguments: JSON, _ now: Moment) {
        guard let tool = agent.tool(name) else { return }
        if turn?.round == nil { turn?.round = ToolRound(isAnswered: id.isEmpty) }
        do throws(FieldError) { try tool.schema.check(arguments) } catch {
            return note(name, id, arguments, error: "arguments.\(error.path): \(error.problem)", now)
        }
        switch tool.work {
        case .endCall:
            turn?.endsCall = true
            endAfterSpeech = stage.disposition ?? "completed"
            note(name, id, arguments, result: ["ended": true], now)
        case .transfer(let to):
            leaving = .transfer(to: to)
            note(name, id, arguments, result: ["transferring": true], now)
        case .handover(let agent):
            leaving = .handover(agent: agent)
            note(name, id, arguments, result: ["handing_over": true], now)
        case .setSlot: setSlot(id, arguments, now)
        case .http, .lookup, .crm:
            let item = newItem()
            turn?.round?.calls.append(.init(id: id, name: name, arguments: arguments, item: item, began: now))
            let request = ToolRequest(call: details.id, tool: tool, arguments: arguments, phone: details.phone)
            out.append(.runTool(item: item, request))
            out.append(.arm(.tool, after: tool.timeout + .seconds(1)))
            if !tool.filler.isEmpty { out.append(.arm(.filler, after: tool.fillerAfter)) }
        }
    }

    private mutating func setSlot(_ id: String, _ arguments: JSON, _ now: Moment) {
        let name = arguments["name"]?.string ?? ""
        guard let slot = agent.slot(name), stage.slots.contains(name) else {
            let known = stage.slots.joined(separator: ", ")
            return note("set_slot", id, arguments, error: "no slot is called \(name); here are: \(known)", now)
        }
        guard let value = SlotReader(slot: slot, today: details.localTime).check(arguments["value"] ?? .null) else {
            let given = arguments["value"] ?? .null
            return note("set_slot", id, arguments, error: "\(given) is no \(slot.kind.rawValue) for \(name)", now)
        }
        set(slot, value, by: "model")
        note("set_slot", id, arguments, result: ["noted": value], now)
    }

    /// It is done already.
    private mutating func note(
        _ name: String,
        _ id: String,
        _ arguments: JSON,
        result: JSON = .null,
        error: String? = nil,
        _ now: Moment
    ) {
        let outcome: JSON = error.map { ["error": .string($0)] } ?? result
        turn?.round?.calls.append(
            .init(id: id, name: name, arguments: arguments, item: nil, began: now, result: outcome)
        )
        tell(name, arguments, milliseconds: 0, error: error)
    }

    private mutating func tell(_ name: String, _ arguments: JSON, milliseconds: Double, error: String?) {
        var data: JSONObject = [
            "name": .string(name), "arguments": arguments, "ok": .bool(error == nil),
            "ms": .double(milliseconds.rounded()),
        ]
        if let error { data["error"] = .string(error) }
        out.append(.record(.toolCalled, .object(data)))
    }

    // MARK: Results

    mutating func toolFinished(_ item: UInt64, _ outcome: ToolOutcome, _ now: Moment) {
        guard let index = turn?.round?.calls.firstIndex(where: { $0.item == item }),
            let call = turn?.round?.calls[index], let tool = agent.tool(call.name)
        else { return }
        var error: String?
        switch outcome {
        case .failed(let text):
            error = text
            turn?.round?.calls[index].result = ["error": .string(text)]
        case .answered(let result):
            turn?.round?.calls[index].result = result
            fillSlots(of: tool, from: result)
        }
        turn?.round?.calls[index].item = nil
        tell(call.name, call.arguments, milliseconds: now.milliseconds(since: call.began), error: error)
        out.append(.disarm(.filler))
        let way = stage.transitions.first { $0.trigger == .tool(call.name, succeeded: error == nil) }
        if let way {
            if let reply = turn?.reply { out.append(.cancelReply(item: reply)) }
            turn?.reply = nil
            turn?.round = nil
            turn?.words = nil
            return follow(way, by: way.cause, now)
        }
        goOnAfterTools(now)
    }

    private mutating func fillSlots(of tool: Tool, from result: JSON) {
        for (name, path) in tool.results {
            guard let slot = agent.slot(name), let value = result.member(path) else { continue }
            if let checked = SlotReader(slot: slot, today: details.localTime).check(value) {
                set(slot, checked, by: "tool \(tool.name)")
            }
        }
    }

    /// Nobody answered, not even to say that it failed.
    mutating func toolIsDue(_ now: Moment) {
        for item in turn?.round?.calls.compactMap(\.item) ?? [] { toolFinished(item, .failed("it took too long"), now) }
    }

    mutating func fillerIsDue(_ now: Moment) {
        guard let call = turn?.round?.calls.first(where: { $0.item != nil }), let tool = agent.tool(call.name),
            !speech.isActive
        else { return }
        speak(slots.fill(tool.filler, agent))
    }

    /// With every result there, the model is told and goes on; where the document asked, its answer follows.
    mutating func goOnAfterTools(_ now: Moment) {
        guard let round = turn?.round, round.isDone, let current = turn else { return }
        out.append(.disarm(.tool))
        turn?.round = nil
        guard round.calls.contains(where: { !$0.id.isEmpty }) else { return respond(saying: current.words, now) }
        turn?.reply = nil
        turn?.rounds += 1
        turn?.toolMessages += round.messages(said: current.said[current.saidBefore...].joined(separator: " "))
        turn?.saidBefore = current.said.count
        let isLeaving = current.endsCall || leaving != nil
        guard !isLeaving, current.rounds < Self.mostRounds else { return completeReply(now) }
        if let way = openWay() { return follow(way, by: way.cause, now) }
        reply(saying: nil, now)
    }

    // MARK: Leaving

    /// What was said has been heard: where to now?
    mutating func leave(_ now: Moment) -> Bool {
        guard let leaving else { return false }
        self.leaving = nil
        switch leaving {
        case .transfer(let to):
            guard to.isDialable else {
                transferFailed("\(to) is no number", now)
                return true
            }
            transferring = to
            out.append(.transfer(to: to))
        case .handover(let name): out.append(.handOver(agent: name))
        }
        return true
    }

    /// The line is another's from now on.
    mutating func transferred(_ now: Moment) { end("transferred", reason: "transferred", now) }

    /// The carrier cannot, or nobody may be called so: the conversation goes on.
    mutating func transferFailed(_ reason: String, _ now: Moment) {
        guard phase == .live else { return }
        transferring = nil
        out.append(.record(.callTransferred, ["ok": false, "reason": .string(reason)]))
        speakAll(agent.lines.cannotTransfer)
    }

    /// Another document goes on: with the slots and the conversation, in its own stages, words and voice.
    mutating func handedOver(_ next: AgentDocument?, _ now: Moment) {
        guard phase == .live else { return }
        guard let next else {
            Log("calls").error("a hand-over to an agent that does not exist", ["call": .string(details.id.rawValue)])
            speakAll(agent.lines.cannotTransfer)
            return
        }
        let previous = agent.name
        adopt(next)
        out.append(.reopen)
        out.append(.record(.callHandedOver, ["from": .string(previous), "to": .string(next.name)]))
        enter(stage, by: "handover")
        perform(stage.enter, now)
        if !agent.greeting.isEmpty { speakAll(slots.fill(agent.greeting, agent)) }
        if !speech.isActive { armSilence() }
    }
}

extension JSON {
    /// A member by a path such as `offers.0.time`.
    func member(_ path: String) -> JSON? {
        path.split(separator: ".").reduce(self as JSON?) { json, name in
            Int(name).flatMap { json?[$0] } ?? json?[String(name)]
        }
    }
}
