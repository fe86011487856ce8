import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration: which server, and what is different about it.
enum Settings {
    /// What each server is known to want; `other` is the most cautious.
    private enum Server: String, CaseIterable {
        case openai, vllm, llamacpp = "llama.cpp", ollama, other

        var dialect: ChatDialect {
            var dialect = ChatDialect()
            switch self {
            case .openai:
                dialect.maxTokensField = "max_completion_tokens"
                (dialect.asksForUsage, dialect.pads) = (true, true)
            case .vllm, .llamacpp, .ollama, .other: dialect.asksForUsage = true
            }
            return dialect
        }
    }

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["base_url", "model"],
          "properties": {
            \(ChatSettings.properties()),
            "server": {
              "enum": ["openai", "vllm", "llama.cpp", "ollama", "other"], "default": "other",
              "description": "Which server it is: what the others refuse or need is set accordingly."
            },
            "max_tokens_field": {
              "enum": ["max_tokens", "max_completion_tokens"],
              "description": "OpenAI's newer models refuse the former, most other servers know only it."
            },
            "include_usage": {
              "type": "boolean", "default": true,
              "description": "Ask for the count of tokens; false for servers that refuse stream_options."
            }
          }
        }
        """

    static func read(_ config: JSON) throws(PluginProblem) -> ChatSettings {
        let server = config["server"]?.string.flatMap { Server(rawValue: $0) } ?? .other
        var dialect = server.dialect
        if let field = config["max_tokens_field"]?.string { dialect.maxTokensField = field }
        if let includesUsage = config["include_usage"]?.bool { dialect.asksForUsage = includesUsage }
        return try ChatSettings(config, dialect: dialect)
    }
}
