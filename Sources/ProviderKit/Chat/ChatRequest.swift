import JSONKit
import PluginKit

/// A request of the `llm` contract in the words of a server that speaks OpenAI's chat completions.
struct ChatRequest {
    let body: JSON
    /// What the answer may repeat, because it was given as its beginning.
    let prefix: String

    init(_ request: JSON, model: String, _ settings: ChatSettings) throws(PluginProblem) {
        guard var messages = request["messages"]?.array, !messages.isEmpty else {
            throw PluginProblem(.invalid, "messages: is required (an array with one message or more)")
        }
        guard !model.isEmpty else {
            throw PluginProblem(.invalid, "model: neither the agent nor the configuration names one")
        }
        let dialect = settings.dialect
        var prefix = ""
        if dialect.continuesByPrefix, let said = Self.cutOff(messages) {
            prefix = said
            messages.removeLast()
        }
        var written = messages.map { Self.message($0, dialect) }
        if !prefix.isEmpty, case .object(var last)? = written.last {
            last["prefix"] = true
            written[written.count - 1] = .object(last)
        }
        var body: JSONObject = ["model": .string(model), "messages": .array(written), "stream": true]
        if dialect.asksForUsage {
            body["stream_options"] =
                dialect.pads ? ["include_usage": true, "include_obfuscation": false] : ["include_usage": true]
        }
        if let tools = request["tools"]?.array, !tools.isEmpty { body["tools"] = .array(tools.map(Self.tool)) }
        if let temperature = request["temperature"]?.double ?? settings.temperature {
            body["temperature"] = .double(temperature)
        }
        if let most = request["max_tokens"]?.int ?? settings.maxTokens { body[dialect.maxTokensField] = .int(most) }
        for (key, value) in dialect.extra { body[key] = value }
        (self.body, self.prefix) = (.object(body), prefix)
    }

    /// The beginning of an answer that another provider did not finish: an assistant's words and a note at the end.
    private static func cutOff(_ messages: [JSON]) -> String? {
        guard messages.count >= 2, messages.last?["role"]?.string == "system",
            messages[messages.count - 2]["role"]?.string == "assistant",
            let said = messages[messages.count - 2]["content"]?.string, !said.isEmpty
        else { return nil }
        return said
    }

    /// Members the server knows; calls of tools in its shape, with their arguments as a text.
    private static func message(_ message: JSON, _ dialect: ChatDialect) -> JSON {
        var result: JSONObject = ["role": message["role"] ?? "user", "content": message["content"] ?? nil]
        result["name"] = message["name"]
        if let id = message["tool_call_id"]?.string { result["tool_call_id"] = .string(callID(id, dialect)) }
        if let calls = message["tool_calls"]?.array, !calls.isEmpty {
            result["tool_calls"] = .array(
                calls.map { call in
                    [
                        "id": .string(callID(call["id"]?.string ?? "", dialect)), "type": "function",
                        "function": [
                            "name": call["name"] ?? "", "arguments": .string((call["arguments"] ?? [:]).description),
                        ],
                    ]
                }
            )
        }
        return .object(result)
    }

    private static func tool(_ tool: JSON) -> JSON {
        var function: JSONObject = ["name": tool["name"] ?? ""]
        for key in ["description", "parameters"] { function[key] = tool[key] }
        return ["type": "function", "function": .object(function)]
    }

    /// The same nine letters and digits for the same name, whoever gave it.
    static func callID(_ id: String, _ dialect: ChatDialect) -> String {
        guard dialect.shortensCallIDs else { return id }
        if id.utf8.count == 9, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) { return id }
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let text = String(hash, radix: 36)
        return String((String(repeating: "0", count: 13) + text).suffix(9))
    }
}
