import JSONKit
import PluginKit

/// A request of the `llm` contract in the words of the Messages API: the system's words apart, caller and assistant in
/// turns, tools as blocks of content.
enum MessageRequest {
    static func body(of request: JSON, model: String, _ settings: Settings) throws(PluginProblem) -> JSON {
        guard var messages = request["messages"]?.array, !messages.isEmpty else {
            throw PluginProblem(.invalid, "messages: is required (an array with one message or more)")
        }
        guard !model.isEmpty else {
            throw PluginProblem(.invalid, "model: neither the agent nor the configuration names one")
        }
        // The note behind an answer that was cut off: the answer itself is enough where it may stand last.
        if settings.prefills, messages.count >= 2, messages.last?["role"]?.string == "system",
            messages[messages.count - 2]["role"]?.string == "assistant"
        {
            messages.removeLast()
        }
        let first = messages.firstIndex { $0["role"]?.string != "system" } ?? messages.count
        let system = messages[..<first].compactMap { $0["content"]?.string }.filter { !$0.isEmpty }
        var body: JSONObject = [
            "model": .string(model), "max_tokens": .int(request["max_tokens"]?.int ?? settings.maxTokens),
            "messages": .array(turns(messages[first...])), "stream": true,
        ]
        if !system.isEmpty { body["system"] = .string(system.joined(separator: "\n\n")) }
        if let tools = request["tools"]?.array, !tools.isEmpty { body["tools"] = .array(tools.map(tool)) }
        if let usual = settings.temperature {
            // The contract's range is twice as wide.
            body["temperature"] = .double(min(1, request["temperature"]?.double ?? usual))
        }
        for (key, value) in settings.extra { body[key] = value }
        return .object(body)
    }

    /// Roles take turns, beginning with the caller: what the same role says in a row is one message.
    private static func turns(_ messages: ArraySlice<JSON>) -> [JSON] {
        var turns: [(role: String, blocks: [JSON])] = []
        for message in messages {
            let (role, blocks) = blocks(of: message)
            guard !blocks.isEmpty else { continue }
            if turns.isEmpty, role == "assistant" { turns.append(("user", [text("(The caller is connected.)")])) }
            if turns.last?.role == role {
                turns[turns.count - 1].blocks += blocks
            } else {
                turns.append((role, blocks))
            }
        }
        if turns.isEmpty { turns.append(("user", [text("(The caller is connected.)")])) }
        return turns.map { ["role": .string($0.role), "content": .array($0.blocks)] }
    }

    private static func blocks(of message: JSON) -> (role: String, blocks: [JSON]) {
        let said = message["content"]?.string ?? ""
        switch message["role"]?.string {
        case "assistant":
            // White space at the end of an answer's beginning is refused.
            let words = said.trimmed
            let calls: [JSON] = (message["tool_calls"]?.array ?? []).map { call in
                [
                    "type": "tool_use", "id": call["id"] ?? "", "name": call["name"] ?? "",
                    "input": call["arguments"] ?? [:],
                ]
            }
            return ("assistant", (words.isEmpty ? [] : [text(words)]) + calls)
        case "tool":
            let result: JSON = [
                "type": "tool_result", "tool_use_id": message["tool_call_id"] ?? "", "content": .string(said),
            ]
            return ("user", [result])
        default: return ("user", said.isEmpty ? [] : [text(said)])
        }
    }

    private static func text(_ words: String) -> JSON { ["type": "text", "text": .string(words)] }

    private static func tool(_ tool: JSON) -> JSON {
        var result: JSONObject = ["name": tool["name"] ?? ""]
        result["description"] = tool["description"]
        result["input_schema"] = tool["parameters"] ?? ["type": "object", "properties": [:]]
        return .object(result)
    }
}

extension String {
    /// Without white space at its end.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
