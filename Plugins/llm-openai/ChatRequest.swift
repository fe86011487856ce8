import JSONKit
import PluginKit

/// A request of the `llm` contract in the words of the server.
enum ChatRequest {
    static func body(of request: JSON, model: String, _ settings: Settings) throws(PluginProblem) -> JSON {
        guard let messages = request["messages"]?.array, !messages.isEmpty else {
            throw PluginProblem(.invalid, "messages: is required (an array with one message or more)")
        }
        var body: JSONObject = ["model": .string(model), "messages": .array(messages.map(message)), "stream": true]
        if settings.includesUsage { body["stream_options"] = ["include_usage": true] }
        if let tools = request["tools"]?.array, !tools.isEmpty { body["tools"] = .array(tools.map(tool)) }
        if let temperature = request["temperature"]?.double ?? settings.temperature {
            body["temperature"] = .double(temperature)
        }
        if let most = request["max_tokens"]?.int ?? settings.maxTokens { body[settings.maxTokensField] = .int(most) }
        for (key, value) in settings.extra { body[key] = value }
        return .object(body)
    }

    /// Members the server knows; calls of tools in its shape, with their arguments as a text.
    private static func message(_ message: JSON) -> JSON {
        var result: JSONObject = ["role": message["role"] ?? "user", "content": message["content"] ?? nil]
        for key in ["tool_call_id", "name"] { result[key] = message[key] }
        if let calls = message["tool_calls"]?.array, !calls.isEmpty {
            result["tool_calls"] = .array(
                calls.map { call in
                    [
                        "id": call["id"] ?? "", "type": "function",
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
}
