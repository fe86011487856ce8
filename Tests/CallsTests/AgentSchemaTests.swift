import JSONKit
import Testing

@testable import Calls

/// docs/agent.schema.json, which editors use, against the parser, which decides.
@Suite struct AgentSchemaTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func file(_ path: String) throws -> JSON { try JSON(parsing: Scratch.read("\(root)/\(path)")) }

    private static func members(_ schema: JSON?) -> Set<String> { Set(schema?["properties"]?.object?.keys ?? []) }

    @Test(arguments: ["appointment", "lead-qualification", "payment-reminder", "front-desk", "night-desk"])
    func `the example agents fit the schema`(name: String) throws {
        let text = try Self.file("docs/agent.schema.json")
        let schema = try JSONSchema(text, definitions: text["definitions"] ?? [:])
        try schema.check(Self.file("examples/agents/\(name).json"))
    }

    /// A document with a member `zzzzzz` somewhere: the parser's error names all that it knows there.
    @Test(
        arguments: [
            ("", ["zzzzzz": 1]), ("stage", ["stages": [["name": "s", "zzzzzz": 1]]]),
            ("slot", ["slots": [["name": "x", "zzzzzz": 1]]]),
            (
                "transition",
                ["stages": [["name": "s", "transitions": [["on": ["digit": "1"], "to": "s", "zzzzzz": 1]]]]]
            ),
            ("turn_taking", ["turn_taking": ["zzzzzz": 1]]), ("lines", ["lines": ["zzzzzz": 1]]),
            ("routes", ["routes": ["zzzzzz": 1]]), ("voicemail", ["voicemail": ["zzzzzz": 1]]),
            ("http", ["tools": [["name": "t", "http": ["url": "http://a/", "zzzzzz": 1]]]]),
        ] as [(String, JSONObject)]
    )
    func `the schema has the members that the parser knows`(place: String, members: JSONObject) throws {
        let text = try Self.file("docs/agent.schema.json")
        let schema: JSON? =
            switch place {
            case "": text
            case "turn_taking", "lines", "routes", "voicemail": text["properties"]?[place]
            case "http": text["definitions"]?["tool"]?["properties"]?["http"]
            default: text["definitions"]?[place]
            }
        var document: JSONObject = ["name": "a", "stages": [["name": "s"]]]
        for (name, value) in members { document[name] = value }
        let error = #expect(throws: FieldError.self) { try AgentDocument(.object(document)) }
        let known = error?.problem.split(separator: "known are ").last?.split(separator: ", ").map(String.init) ?? []
        #expect(!known.isEmpty)
        // These are only looked at where they are given.
        let optional: Set = ["min", "max", "backchannels"]
        #expect(Self.members(schema).subtracting(optional) == Set(known).subtracting(optional), "\(place)")
    }
}
