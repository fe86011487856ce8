import JSONKit

/// The question put to the model: the labels with their examples, and what the caller said.
struct LabelQuestion: Sendable {
    private let settings: Settings
    private let instructions: String
    private let names: [JSON]

    private static let examplesEach = 6

    init(_ labels: [JSON], _ settings: Settings) {
        self.settings = settings
        names = labels.compactMap { $0["name"] } + ["none"]
        let list = labels.map { label in
            let examples = (label["examples"]?.array ?? []).prefix(Self.examplesEach).compactMap(\.string)
            return "- \(label["name"]?.string ?? ""): \(examples.map { "\"\($0)\"" }.joined(separator: ", "))"
        }
        instructions = """
            You label what a caller says on the telephone. The labels, with sentences that have them:
            \(list.joined(separator: "\n"))
            - none: anything else
            Recognition makes mistakes: go by the meaning. Answer with JSON only: {"labels": [{"name": "...", "confidence": 0.0}]}, \
            at most three, the likeliest first. A confidence of 0.8 means that four in five such answers are right.
            """
    }

    func body(_ text: String) -> JSON {
        var body: JSONObject = [
            "model": .string(settings.model), "temperature": 0,
            "messages": [
                ["role": "system", "content": .string(instructions)], ["role": "user", "content": .string(text)],
            ],
        ]
        body[settings.maxTokensField] = 200
        switch settings.format {
        case .schema: body["response_format"] = ["type": "json_schema", "json_schema": schema]
        case .object: body["response_format"] = ["type": "json_object"]
        case .none: break
        }
        for (name, value) in settings.extra { body[name] = value }
        return .object(body)
    }

    /// Strict, as OpenAI's structured answers want it: every member required, none besides.
    private var schema: JSON {
        let label: JSON = [
            "type": "object", "additionalProperties": false, "required": ["name", "confidence"],
            "properties": ["name": ["type": "string", "enum": .array(names)], "confidence": ["type": "number"]],
        ]
        let answer: JSON = [
            "type": "object", "additionalProperties": false, "required": ["labels"],
            "properties": ["labels": ["type": "array", "items": label]],
        ]
        return ["name": "labels", "strict": true, "schema": answer]
    }
}
