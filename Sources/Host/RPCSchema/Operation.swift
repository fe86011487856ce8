public import JSONKit

/// One method of the document, or one notification that the host sends.
public struct Operation: Sendable {
    /// `namespace.verb`
    public let name: String
    public let summary: String
    /// Further sentences; empty if the summary says it all.
    public let description: String
    /// The required ones first.
    public let parameters: [Parameter]
    /// The result's schema; nil for notifications.
    public let result: JSON?
    /// Names of the errors it may answer with, besides those every method may.
    public let faults: [String]
    /// What a peer must be to call it.
    public let role: Role
    /// How long an answer may take.
    public let deadline: Duration
    public let examples: [Example]
    public let hints: CommandHints

    public var namespace: String { String(name.prefix { $0 != "." }) }
    public var verb: String { String(name.drop { $0 != "." }.dropFirst()) }
    /// Sent by the host, not called by a client.
    public var isNotification: Bool { result == nil }

    init(_ json: JSON, path: String) throws(FieldError) {
        guard let name = json["name"]?.string, name.contains("."), let summary = json["summary"]?.string else {
            throw FieldError(path: path, problem: "needs a name of the form namespace.verb, and a summary")
        }
        (self.name, self.summary) = (name, summary)
        description = json["description"]?.string ?? ""
        var parameters: [Parameter] = []
        for parameter in json["params"]?.array ?? [] { parameters.append(try Parameter(parameter, path: name)) }
        self.parameters = parameters
        result = json["result"]?["schema"]
        faults = (json["errors"]?.array ?? []).compactMap { Interface.referenced($0) }
        role = json["x-role"]?.string.flatMap(Role.init) ?? .admin
        deadline = .milliseconds(json["x-deadline-ms"]?.int ?? 10_000)
        examples = (json["examples"]?.array ?? []).map(Example.init)
        hints = CommandHints(json["x-cli"] ?? [:])
    }

    /// The schema of the parameters as one object; unknown ones are refused.
    public var parameterSchema: JSON {
        [
            "type": "object",
            "properties": .object(JSONObject(parameters.map { ($0.name, $0.schema) })),
            "required": .array(parameters.filter(\.isRequired).map { .string($0.name) }),
            "additionalProperties": false,
        ]
    }
}
