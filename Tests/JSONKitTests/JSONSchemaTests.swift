import JSONKit
import Testing

@Suite struct JSONSchemaTests {
    /// The first violation, or nil.
    private func problem(_ schema: JSON, _ value: JSON, definitions: JSON = nil) throws -> String? {
        let schema = try JSONSchema(schema, definitions: definitions)
        do throws(FieldError) {
            try schema.check(value)
            return nil
        } catch { return error.description }
    }

    @Test(
        arguments: [
            (["type": "string"], "x", 1), (["type": "integer"], 1, 1.5), (["type": "integer"], 2.0, "2"),
            (["type": "number"], 1, "1"), (["type": "boolean"], false, 0), (["type": "null"], nil, false),
            (["type": "array"], [], [:]), (["type": "object"], [:], []), (["type": ["string", "null"]], nil, 1),
            (["enum": ["a", 1]], 1.0, "b"), (["const": "a"], "a", "b"), (["minimum": 2], 2, 1.9),
            (["maximum": 2], 2, 3),
            (["exclusiveMinimum": 2], 2.1, 2), (["exclusiveMaximum": 2], 1, 2), (["minLength": 2], "äö", "ä"),
            (["maxLength": 2], "🚲🚲", "abc"), (["pattern": "^call_[0-9A-Z]+$"], "call_01", "call-01"),
            (["pattern": "b"], "abc", "xyz"), (["minItems": 1], [1], []), (["maxItems": 1], [1], [1, 2]),
            (["uniqueItems": true], [1, 2, "1"], [1, 2, 1.0]), (["items": ["type": "integer"]], [1, 2], [1, "2"]),
            (["required": ["a"]], ["a": nil], ["b": 1]),
            (["properties": ["a": ["type": "string"]]], ["b": 1], ["a": 1]),
            (["additionalProperties": false, "properties": ["a": true]], ["a": 1], ["b": 1]),
            (["additionalProperties": ["type": "integer"]], ["x": 1], ["x": "1"]),
            (["not": ["type": "string"]], 1, "x"),
            (["allOf": [["minimum": 1], ["maximum": 3]]], 2, 4),
            (["anyOf": [["type": "string"], ["minimum": 5]]], 6, 4),
            (["oneOf": [["minimum": 1], ["maximum": 3]]], 4, 2), (["properties": ["a": false]], [:], ["a": 1]),
            (["maxLength": 1, "minimum": 3, "required": ["a"]], [], "ab"),
        ] as [(JSON, JSON, JSON)]
    )
    func `a keyword lets through what fits and refuses what does not`(schema: JSON, good: JSON, bad: JSON) throws {
        #expect(try problem(schema, good) == nil)
        #expect(try problem(schema, bad) != nil)
    }

    @Test func `the violation names the place and what is expected`() throws {
        let schema: JSON = [
            "type": "object", "required": ["plugins"], "additionalProperties": false,
            "properties": [
                "plugins": ["items": ["properties": ["tries": ["type": "integer", "minimum": 1, "maximum": 9]]]],
                "language": ["enum": ["en", "de"]],
            ],
        ]
        #expect(try problem(schema, [:]) == "plugins: is required")
        #expect(try problem(schema, ["plugins": [["tries": 0]]]) == "plugins[0].tries: must be at least 1")
        #expect(
            try problem(schema, ["plugins": [[:], ["tries": "x"]]])
                == "plugins[1].tries: must be integer, is a string"
        )
        #expect(
            try problem(schema, ["plugins": [], "langauge": "en"])
                == "langauge: unknown member; did you mean language?"
        )
        #expect(
            try problem(schema, ["plugins": [], "language": "fr"])
                == #"language: must be one of "en", "de", is "fr""#
        )
        #expect(try problem(schema, []) == "must be object, is an array")
    }

    @Test func `a schema may refer to definitions, to itself and to another name of one`() throws {
        let tree: JSON = [
            "properties": ["children": ["items": ["$ref": "#/definitions/alias"]], "value": ["type": "integer"]]
        ]
        let definitions: JSON = ["tree": tree, "alias": ["$ref": "#/definitions/tree"]]
        let list: JSON = ["items": ["anyOf": [["$ref": "#/definitions/alias"], ["$ref": "#/definitions/alias"]]]]
        let good: JSON = [["children": [["value": 1]]]]
        let bad: JSON = [["children": [["value": "x"]]]]
        #expect(try problem(list, good, definitions: definitions) == nil)
        #expect(try problem(list, bad, definitions: definitions) != nil)
        let alone: JSON = ["properties": ["next": ["$ref": "#"], "n": ["type": "integer"]]]
        #expect(try problem(alone, ["next": ["next": ["n": 1]]]) == nil)
        #expect(try problem(alone, ["next": ["next": ["n": "1"]]]) == "next.next.n: must be integer, is a string")
        let own: JSON = ["definitions": ["id": ["type": "string"]], "items": ["$ref": "#/definitions/id"]]
        #expect(try problem(own, ["a", 1]) == "[1]: must be string, is an integer")
    }

    @Test(
        arguments: [
            ["type": "text"], ["items": ["$ref": "#/definitions/nowhere"]], ["pattern": "("], ["pattern": "\\d+"], 7,
            [
                "$ref": "#/definitions/a",
                "definitions": ["a": ["$ref": "#/definitions/b"], "b": ["$ref": "#/definitions/a"]],
            ],
        ] as [JSON]
    )
    func `a schema that makes no sense is refused when it is compiled`(schema: JSON) {
        #expect(throws: FieldError.self) { try JSONSchema(schema) }
    }
}
