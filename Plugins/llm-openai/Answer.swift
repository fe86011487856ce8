import JSONKit
import PluginKit
import ProviderKit

/// Reads the answer to one request and passes it on as it comes.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class Answer: HTTPReceiver, @unchecked Sendable {
    private let item: UInt64
    private let gate: EmissionGate
    private let key: String
    private let host: Host
    private let finished: @Sendable () -> Void

    private var status = 0
    private var headers: [(name: String, value: String)] = []
    /// The body where it is no event stream.
    private var whole: [UInt8] = []
    private var isStream = true
    private var events = EventStream()
    private var calls = ToolCalls()
    private var usage: JSON?
    private var hasFinishReason = false
    private var isOver = false

    /// Of an error, or of a whole answer from a server that does not stream.
    private static let longestBody = 1 << 20

    /// `key` is kept to be struck out of errors that quote it.
    init(item: UInt64, gate: EmissionGate, key: String, host: Host, finished: @escaping @Sendable () -> Void) {
        (self.item, self.gate, self.key, self.host, self.finished) = (item, gate, key, host, finished)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        (self.status, self.headers) = (status, headers)
        let type = headers.first { $0.name == "content-type" }?.value ?? ""
        isStream = status == 200 && !type.hasPrefix("application/json")
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        if !isStream {
            whole += bytes.prefix(Self.longestBody - whole.count)
        } else if !events.feed(bytes, take) {
            fail(PluginProblem(.malformed, "an event of more than \(EventStream.longestLine) bytes"))
        }
    }

    func done(_ problem: PluginProblem?) {
        guard !isOver else { return }
        if isStream, status == 200 {
            events.finish(take)
            if isOver { return }
            // Some servers just hang up after the last piece; before it, something is missing.
            if hasFinishReason { return complete() }
            return fail(problem ?? PluginProblem(.unavailable, "the answer ended in the middle"))
        }
        if let problem { return fail(problem) }
        guard status == 200 else {
            return fail(Refusal.problem(status: status, headers: headers, body: whole, host: host))
        }
        takeWhole()
    }

    // MARK: Reading

    private func take(_ event: EventStream.Event) {
        guard !isOver else { return }
        if event.data == Array("[DONE]".utf8) { return complete() }
        guard let chunk = event.data.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }) else {
            return fail(PluginProblem(.malformed, "an event that is no JSON"))
        }
        if let error = chunk["error"], !error.isNull { return fail(Refusal.problem(midStream: error)) }
        take(chunk, "delta")
    }

    /// A server that was asked to stream and answers in one piece.
    private func takeWhole() {
        guard let json = whole.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }) else {
            return fail(PluginProblem(.malformed, "an answer that is no JSON"))
        }
        if let error = json["error"], !error.isNull { return fail(Refusal.problem(midStream: error)) }
        guard json["choices"]?[0] != nil else {
            return fail(PluginProblem(.malformed, "an answer without choices; is base_url right?"))
        }
        take(json, "message")
        if !isOver { complete() }
    }

    /// `choices` is empty in the chunk that counts the tokens.
    private func take(_ chunk: JSON, _ member: String) {
        if let counts = chunk["usage"], counts.object != nil { usage = counts }
        guard let choice = chunk["choices"]?.array?.first(where: { ($0["index"]?.int ?? 0) == 0 }) else { return }
        let delta = choice[member] ?? [:]
        for text in [text(of: delta["content"]), delta["refusal"]?.string ?? ""] where !text.isEmpty {
            gate.emit { $0.emit(text: text, item: item) }
        }
        for fragment in delta["tool_calls"]?.array ?? [] { calls.add(fragment) }
        guard let reason = choice["finish_reason"]?.string else { return }
        if reason == "error" {
            fail(PluginProblem(.unavailable, "the server gave up in mid-answer"))
        } else {
            hasFinishReason = true
        }
    }

    /// Some servers send a list of parts; only those of text are said.
    private func text(of content: JSON?) -> String {
        switch content {
        case .string(let text): text
        case .array(let parts): parts.compactMap { $0["text"]?.string }.joined()
        default: ""
        }
    }

    // MARK: Ending

    private func complete() {
        if !calls.isEmpty {
            do throws(PluginProblem) {
                let finished = try calls.finished()
                gate.emit { $0.emit(json: ["tool_calls": finished], item: item) }
            } catch let problem { return fail(problem) }
        }
        isOver = true
        if let usage {
            let counts: JSON = [
                "input_tokens": usage["prompt_tokens"] ?? 0, "output_tokens": usage["completion_tokens"] ?? 0,
            ]
            gate.emit { $0.emit(json: ["usage": counts], item: item) }
        }
        gate.emit { $0.done(item: item) }
        finished()
    }

    private func fail(_ problem: PluginProblem) {
        isOver = true
        let problem = problem.striking(out: key)
        gate.emit { $0.fail(problem) }
    }
}
