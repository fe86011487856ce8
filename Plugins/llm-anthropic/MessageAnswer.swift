import JSONKit
import PluginKit
import ProviderKit

/// Reads the events of one answer and passes its words on as they come.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class MessageAnswer: HTTPReceiver, @unchecked Sendable {
    private let item: UInt64
    private let requests: Requests
    private let key: String
    private let host: Host

    private var status = 0
    private var headers: [(name: String, value: String)] = []
    private var whole: [UInt8] = []
    private var events = EventStream()
    private var calls = ToolCalls()
    private var input: Int64 = 0
    private var output: Int64?
    private var stopReason: String?
    private var hasSpoken = false
    private var isOver = false

    private static let longestError = 1 << 16

    init(item: UInt64, requests: Requests, key: String, host: Host) {
        (self.item, self.requests, self.key, self.host) = (item, requests, key, host)
    }

    func head(status: Int, headers: [(name: String, value: String)]) { (self.status, self.headers) = (status, headers) }

    func body(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        if status != 200 {
            whole += bytes.prefix(Self.longestError - whole.count)
        } else if !events.feed(bytes, take) {
            fail(PluginProblem(.malformed, "an event of more than \(EventStream.longestLine) bytes"))
        }
    }

    func done(_ problem: PluginProblem?) {
        guard !isOver else { return }
        guard status == 200 else {
            return fail(problem ?? Refusal.problem(status: status, headers: headers, body: whole, host: host))
        }
        events.finish(take)
        if isOver { return }
        // Before the reason to stop something is missing; after it only the farewell is.
        if stopReason != nil { return complete() }
        fail(problem ?? PluginProblem(.unavailable, "the answer ended in the middle"))
    }

    /// Events that this version does not know are ignored, as the API asks.
    private func take(_ event: EventStream.Event) {
        guard !isOver else { return }
        guard let json = event.data.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }) else {
            return fail(PluginProblem(.malformed, "an event that is no JSON"))
        }
        switch json["type"]?.string ?? event.name {
        case "message_start": input = json["message"]?["usage"]?["input_tokens"]?.int ?? 0
        case "content_block_start": begin(json)
        case "content_block_delta": go(on: json)
        case "message_delta":
            stopReason = json["delta"]?["stop_reason"]?.string ?? stopReason
            output = json["usage"]?["output_tokens"]?.int ?? output
        case "message_stop": complete()
        case "error": fail(Self.problem(json["error"] ?? [:]))
        default: break
        }
    }

    private func begin(_ json: JSON) {
        let block = json["content_block"] ?? [:]
        if block["type"]?.string == "tool_use" {
            calls.add(["index": json["index"] ?? 0, "id": block["id"] ?? "", "function": ["name": block["name"] ?? ""]])
        } else {
            say(block["text"]?.string ?? "")
        }
    }

    /// What the model thinks to itself is nobody's business.
    private func go(on json: JSON) {
        let delta = json["delta"] ?? [:]
        switch delta["type"]?.string {
        case "text_delta": say(delta["text"]?.string ?? "")
        case "input_json_delta":
            calls.add(["index": json["index"] ?? 0, "function": ["arguments": delta["partial_json"] ?? ""]])
        default: break
        }
    }

    private func say(_ text: String) {
        guard !text.isEmpty else { return }
        hasSpoken = true
        requests.emit(item: item) { $0.emit(text: text, item: item) }
    }

    private func complete() {
        if stopReason == "refusal", !hasSpoken {
            return fail(PluginProblem(.refused, "the model refuses to answer this", isRetryable: false))
        }
        var last: [JSON] = []
        if !calls.isEmpty {
            do throws(PluginProblem) { last.append(["tool_calls": try calls.finished()]) } catch { return fail(error) }
        }
        isOver = true
        if let output { last.append(["usage": ["input_tokens": .int(input), "output_tokens": .int(output)]]) }
        requests.complete(item: item) { sink in for json in last { sink.emit(json: json, item: item) } }
    }

    /// An error in the midst of a stream has no status, but the names of those that have one.
    private static func problem(_ error: JSON) -> PluginProblem {
        let text = "in mid-answer: \(error["message"]?.string ?? "an error without a message")"
        return switch error["type"]?.string {
        case "invalid_request_error", "not_found_error", "request_too_large": PluginProblem(.invalid, text)
        case "authentication_error", "permission_error", "billing_error": PluginProblem(.refused, text)
        default: PluginProblem(.unavailable, text)
        }
    }

    private func fail(_ problem: PluginProblem) {
        isOver = true
        let problem = problem.striking(out: key)
        requests.gate.emit { $0.fail(problem) }
    }
}
