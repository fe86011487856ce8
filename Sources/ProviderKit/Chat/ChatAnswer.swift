import JSONKit
import PluginKit

/// Reads the answer to one request and passes it on as it comes.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class ChatAnswer: HTTPReceiver, @unchecked Sendable {
    private let item: UInt64
    private let requests: Requests
    private let key: String
    private let host: Host
    private var beginning: RepeatedBeginning

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

    /// `key` is struck out of errors that quote it; `prefix` is left out where the answer begins with it.
    init(item: UInt64, requests: Requests, key: String, host: Host, prefix: String) {
        (self.item, self.requests, self.key, self.host) = (item, requests, key, host)
        beginning = RepeatedBeginning(prefix)
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
            say(beginning.pass(text))
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

    private func say(_ text: String) {
        if !text.isEmpty { requests.emit(item: item) { $0.emit(text: text, item: item) } }
    }

    // MARK: Ending

    private func complete() {
        say(beginning.finish())
        var last: [JSON] = []
        if !calls.isEmpty {
            do throws(PluginProblem) { last.append(["tool_calls": try calls.finished()]) } catch { return fail(error) }
        }
        isOver = true
        if let usage {
            let (input, output) = (usage["prompt_tokens"] ?? 0, usage["completion_tokens"] ?? 0)
            last.append(["usage": ["input_tokens": input, "output_tokens": output]])
        }
        requests.complete(item: item) { sink in for json in last { sink.emit(json: json, item: item) } }
    }

    private func fail(_ problem: PluginProblem) {
        isOver = true
        let problem = problem.striking(out: key)
        requests.gate.emit { $0.fail(problem) }
    }
}
