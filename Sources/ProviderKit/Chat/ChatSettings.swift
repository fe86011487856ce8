public import JSONKit
public import PluginKit

/// What every chat of a provider has in common.
public struct ChatSettings: Sendable {
    public let endpoint: Endpoint
    /// Unless the agent names another.
    public let model: String
    public let maxTokens: Int64?
    public let temperature: Double?
    public var dialect: ChatDialect

    /// Reads the members that `properties` describes, with the endpoint's.
    public init(
        _ config: JSON,
        base: String = "",
        secret: String = "",
        dialect: ChatDialect
    ) throws(PluginProblem) {
        endpoint = try Endpoint(config, base: base, secret: secret)
        model = config["model"]?.string ?? ""
        maxTokens = config["max_tokens"]?.int
        temperature = config["temperature"]?.double
        self.dialect = dialect
        for (name, value) in config["extra"]?.object ?? [:] { self.dialect.extra[name] = value }
    }

    /// The members of a configuration schema, to be set among a plugin's own; no comma at the end.
    public static func properties(base: String = "", secret: String = "") -> String {
        """
        \(Endpoint.properties(base: base, secret: secret)),
        "model": {"type": "string", "minLength": 1, "description": "Unless the agent document names another."},
        "max_tokens": {"type": "integer", "minimum": 1, "description": "Unless the request says."},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2, "description": "Unless the request says."},
        "extra": {"type": "object", "description": "Members added to every request, as they are."}
        """
    }
}
