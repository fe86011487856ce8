import Calls
import Core
import JSONKit

/// Plays one script and judges what comes of it. Confined to the thread that plays it.
final class TrialRun {
    private let trial: Trial
    private let call: TrialCall
    private var failures: [TrialResult.Failure] = []
    /// Where the step before the expectations began.
    private var mark = 0

    init(_ trial: Trial, _ call: TrialCall) { (self.trial, self.call) = (trial, call) }

    func play() throws(TrialFailure) -> TrialResult {
        for step in trial.steps {
            if case .expects(let expectation) = step.deed {
                if !call.listen() { fail("\(step.path)", "the agent comes to rest", "it does not, in 180 s") }
                judge(expectation, "\(step.path).expect", from: mark)
                continue
            }
            guard !call.hasEnded else {
                fail(step.path, "the call goes on", "it had ended (\(disposition ?? "without a disposition"))")
                break
            }
            try perform(step)
        }
        if !call.hasEnded, !call.listen() { fail("steps", "the agent comes to rest", "it does not, in 180 s") }
        call.hangUp()
        if let outcome = trial.outcome { judge(outcome, "expect", from: 0) }
        return TrialResult(
            name: trial.name,
            seconds: call.seconds,
            failures: failures,
            transcript: call.record.transcript
        )
    }

    // MARK: Doing

    private func perform(_ step: TrialStep) throws(TrialFailure) {
        switch step.deed {
        case .says(let text, let after):
            guard ready(after, step) else { return }
            call.say(text)
        case .plays(let samples, let name, let after):
            guard ready(after, step) else { return }
            call.play(samples, name: name)
        case .presses(let digits):
            mark = call.now
            call.press(digits)
        case .isSilent(let milliseconds):
            guard ready(nil, step) else { return }
            call.beSilent(milliseconds)
        case .fails(let kind, let frames): try call.fail(kind, afterFrames: frames)
        case .hangsUp: call.hangUp()
        case .expects: break
        }
    }

    /// The caller waits for the agent, or for the moment to cut in. False if that does not come.
    private func ready(_ interruptsAfter: Int?, _ step: TrialStep) -> Bool {
        if let after = interruptsAfter {
            mark = call.now
            if call.listen(into: after) { return true }
            fail(step.path, "the agent speaks, to be interrupted", "it is silent")
            return false
        }
        let isReady = call.listen()
        mark = call.now
        if !isReady { fail(step.path, "the agent comes to rest", "it does not, in 180 s") }
        if call.hasEnded {
            fail(step.path, "the call goes on", "it had ended (\(disposition ?? "without a disposition"))")
        }
        return isReady && !call.hasEnded
    }

    // MARK: Judging

    private var disposition: String? { call.record.events(.dispositionSet).last?["disposition"]?.string }

    private func fail(_ path: String, _ expected: String, _ found: String) {
        failures.append(
            TrialResult.Failure(
                path: path,
                expected: expected,
                found: found,
                seconds: call.seconds,
                lines: call.record.transcript.count
            )
        )
    }

    private func judge(_ expectation: Expectation, _ path: String, from first: Int) {
        judgeWords(expectation, path, from: first)
        judgeState(expectation, path)
        for tool in expectation.tools { judge(tool, "\(path).tools", from: first) }
        if let longest = expectation.withinMilliseconds { judgeDelay(longest, "\(path).within_ms") }
        if let wanted = expectation.interrupted {
            let found = call.record.events(.replySpoken, from: first).contains { $0["interrupted"] == true }
            same("\(path).interrupted", .bool(wanted), .bool(found))
        }
    }

    private func judgeWords(_ expectation: Expectation, _ path: String, from first: Int) {
        let said = call.record.said(from: first)
        for pattern in expectation.said where !pattern.matches(said) {
            fail("\(path).said", "the agent says \(pattern.source)", said.isEmpty ? "it says nothing" : "\"\(said)\"")
        }
        for pattern in expectation.neverSaid where pattern.matches(said) {
            fail("\(path).never_said", "the agent does not say \(pattern.source)", "\"\(said)\"")
        }
    }

    private func judgeState(_ expectation: Expectation, _ path: String) {
        let record = call.record
        if let stage = expectation.stage { same("\(path).stage", .string(stage), .string(call.stage)) }
        if let intent = expectation.intent {
            same("\(path).intent", .string(intent), record.events(.intentLabelled).last?["intent"] ?? .null)
        }
        if let wanted = expectation.transferred {
            same("\(path).transferred", .string(wanted), call.line.transfers.last.map { .string($0) } ?? .null)
        }
        let slots = call.world.memory?.context["slots"]?.object ?? JSONObject()
        for (name, value) in expectation.slots { same("\(path).slots.\(name)", value, slots[name] ?? .null) }
        if let ended = expectation.ended { same("\(path).ended", .bool(ended), .bool(call.hasEnded)) }
        if let wanted = expectation.disposition {
            same("\(path).disposition", .string(wanted), disposition.map { .string($0) } ?? .null)
        }
        if let stages = expectation.stages {
            let visited = record.events(.stageEntered).compactMap { $0["stage"] }
            same("\(path).stages", .array(stages.map { .string($0) }), .array(visited))
        }
    }

    private func judge(_ tool: Expectation.ToolCall, _ path: String, from first: Int) {
        let calls = call.record.events(.toolCalled, from: first).filter { $0["name"]?.string == tool.name }
        let isCalled = calls.contains { call in
            tool.arguments.allSatisfy { call["arguments"]?[$0.key] == $0.value }
        }
        guard !isCalled else { return }
        let wanted = "\(tool.name) is called with \(JSON.object(tool.arguments))"
        let found = calls.map { $0["arguments"]?.description ?? "{}" }.joined(separator: ", ")
        fail(path, wanted, calls.isEmpty ? "it is not called" : "it is called with \(found)")
    }

    private func judgeDelay(_ longest: Int, _ path: String) {
        guard let last = call.lastSound, let answer = call.line.beginnings.first(where: { $0 >= last }) else {
            return fail(path, "an answer within \(longest) ms", "there is none")
        }
        let found = Int(answer.milliseconds(since: last).rounded())
        if found > longest { fail(path, "an answer within \(longest) ms", "it comes after \(found) ms") }
    }

    private func same(_ path: String, _ wanted: JSON, _ found: JSON) {
        if wanted != found { fail(path, wanted.description, found.description) }
    }
}
