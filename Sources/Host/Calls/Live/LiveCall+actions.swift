import Core
import JSONKit
import Media
public import PluginHost
public import Routes

extension LiveCall {
    func perform(_ action: CallAction) {
        switch action {
        case .listen(let item, let from): beginUtterance(item, from: from)
        case .endpoint(let milliseconds): endpointer.silence = milliseconds
        case .finishUtterance(let item): finishUtterance(item)
        case .cancelUtterance(let item): dropUtterance(item)
        case .classify(let item, let text): classify(item, text)
        case .retrieve(let item, let text, let collections): retrieve(item, text, collections)
        case .cancelQuestions(let item): intent?.cancel(item: item)
        case .ask(let item, let prompt): ask(item, prompt)
        case .cancelReply(let item): llm?.cancel(item: item)
        case .runTool(let item, let request): runTool(item, request)
        case .transfer(let to): transfer(to: to)
        case .handOver(let name): take(.handedOver(services.agent(name)))
        case .reopen: reopen()
        case .sendDigits(let digits): sendDigits(digits)
        case .speak(let item, let text): speak(item, text)
        case .silence: silence()
        case .bargedIn(let data): bargedIn(data)
        case .arm(let timer, let delay): arm(timer, after: delay)
        case .disarm(let timer): disarm(timer)
        case .record(let topic, let data): record(topic, data)
        case .remember: isChanged = true
        case .observe(let measure, let seconds): metrics.observe(measure, seconds, call: details.id)
        case .closeLine(let reason): closeLine(reason)
        case .storeRecording: storeRecording()
        case .finish: finish()
        }
    }

    /// The session for a kind, made when it is first needed; nil if the agent's route does not exist.
    func session(_ session: inout RouteSession?, _ kind: Kind, _ options: JSON) -> RouteSession? {
        if let session { return session }
        do throws(RouteFailure) {
            session = try services.routes.session(
                agent.route(kind),
                kind: kind,
                options: options,
                key: details.id.rawValue,
                loop: loop,
                receiver: self,
                replay: self
            )
        } catch {
            Self.log.error("no route", ["call": .string(details.id.rawValue), "reason": .string(error.message)])
        }
        return session
    }

    static let log = Log("calls")

    private func classify(_ item: UInt64, _ text: String) {
        guard let intent = session(&intent, .intent, machine.tongue.intentOptions) else {
            return take(.labels(item: item, nil))
        }
        intent.push(text: text, item: item)
        intent.done(item: item)
    }

    private func retrieve(_ item: UInt64, _ text: String, _ collections: [String]) {
        let (search, limit, loop) = (services.retrieve, agent.passages, loop)
        let call = LoopBound(self, loop)
        errands += 1
        Task {
            var found: [Passage]?
            for collection in collections {
                guard let passages = await search(collection, text, limit) else { continue }
                found = (found ?? []) + passages
            }
            let best = found?.sorted { $0.score > $1.score }
            loop.perform {
                call.with { call in
                    call.errands -= 1
                    call.take(.passages(item: item, best))
                }
            }
        }
    }

    private func ask(_ item: UInt64, _ prompt: JSON) {
        guard let llm = session(&llm, .llm, machine.tongue.llmOptions) else { return take(.replyFailed(item: item)) }
        llm.push(json: prompt, item: item)
        llm.done(item: item)
    }

    func record(_ topic: Topic, _ data: JSON) {
        var data = data
        if topic == .callEnded, case .object(var outcome) = data {
            metrics.ended(details.direction, outcome["disposition"]?.string ?? "")
            outcome["frames_in"] = .int(Int64(framesIn))
            outcome["frames_lost"] = .int(Int64(framesLost))
            outcome["frames_out"] = .int(Int64(framesOut))
            data = .object(outcome)
        }
        services.record(Event(topic, key: details.id.rawValue, data: data))
    }

    private func bargedIn(_ data: JSONObject) {
        metrics.bargeIns.add()
        var data = data
        data["stop_ms"] = .double((loop.now.milliseconds(since: inputAt) * 1000).rounded() / 1000)
        record(.bargeIn, .object(data))
    }

    private func closeLine(_ reason: String) {
        // First of all: the carrier asks at once what follows, perhaps at another host, which must not take it for a call
        // that has lost its own.
        services.remember(details.id, nil)
        hasForgotten = true
        silence()
        for session in [asr, intent, llm, tts] { session?.close() }
        (asr, intent, llm, tts) = (nil, nil, nil, nil)
        hearing = 0
        utterances = []
        ring.clear()
        line?.close(reason: reason)
        line = nil
    }

    private func finish() {
        for timer in CallTimer.allCases { disarm(timer) }
        if !hasForgotten { services.remember(details.id, nil) }
        recording?.finish()
        recording = nil
        onFinish(self)
    }
}

extension LiveCall: RouteReceiver {
    public func received(_ frame: borrowing Frame, from session: RouteSession) {
        let item = frame.item
        if session === tts {
            switch frame.kind {
            case .audio: frame.withAudio { spoken($0, item: item) }
            case .json: if let json = try? frame.json() { timed(json, item: item) }
            case .done: finishedSentence(item)
            default: break
            }
        } else if session === llm {
            switch frame.kind {
            case .text: take(.replyPiece(item: item, frame.text))
            case .json: if let calls = try? frame.json()["tool_calls"] { take(.toolCalls(item: item, calls)) }
            case .done: take(.replyDone(item: item))
            default: break
            }
        } else if session === asr {
            recognised(frame)
        } else if session === intent {
            switch frame.kind {
            case .json: take(.labels(item: item, labels(try? frame.json())))
            // A provider that is done without an answer has none.
            case .done: take(.labels(item: item, nil))
            default: break
            }
        }
    }

    private func recognised(_ frame: borrowing Frame) {
        let item = frame.item
        switch frame.kind {
        case .text where frame.isFinal: take(.transcript(item: item, text: frame.text, isFinal: true))
        case .text: return take(.transcript(item: item, text: frame.text, isFinal: false))
        // Done without a final text: nothing was understood. Otherwise the machine has what it waited for.
        case .done: take(.transcript(item: item, text: "", isFinal: true))
        default: return
        }
        utterances.removeAll { $0.item == item && $0.end != nil }
    }

    private func labels(_ json: JSON?) -> [CallInput.Label]? {
        json?["labels"]?.array?.compactMap { label in
            guard let name = label["name"]?.string, let confidence = label["confidence"]?.double else { return nil }
            return CallInput.Label(name: name, confidence: confidence)
        }
    }

    public func fellBack(from: String, to: String, because: PluginFailure, session: RouteSession) {
        let fields: JSONObject = [
            "call": .string(details.id.rawValue), "from": .string(from), "to": .string(to),
            "reason": .string(because.description),
        ]
        if session === tts { lastVoice = from }
        Self.log.warning("a provider failed", fields)
    }

    public func exhausted(_ failure: RouteFailure, items: [UInt64], from session: RouteSession) {
        let fields: JSONObject = ["call": .string(details.id.rawValue), "reason": .string(failure.description)]
        Self.log.error("every provider failed", fields)
        if session === asr {
            for item in items { dropUtterance(item) }
            take(.recognitionFailed)
        } else if session === intent {
            for item in items { take(.labels(item: item, nil)) }
        } else if session === llm {
            for item in items { take(.replyFailed(item: item)) }
        } else if session === tts {
            take(.synthesisFailed)
        }
    }
}
