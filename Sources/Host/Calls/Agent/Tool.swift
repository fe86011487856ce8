public import JSONKit

/// Something the model may do besides speaking. `end_call` is built in.
public struct Tool: Sendable, Equatable {
    public let name: String
    public let description: String
    /// A JSON Schema of the arguments.
    public let parameters: JSON

    static let builtIn = ["end_call"]

    init(_ fields: Fields) throws(FieldError) {
        name = try fields.string("name")
        guard Self.builtIn.contains(name) else {
            throw fields.error("name", "\(name) is not built in; known: \(Self.builtIn.joined(separator: ", "))")
        }
        description = try fields.string("description", default: "Ends the call after what was said.")
        parameters = try fields.json("parameters", default: ["type": "object", "properties": [:]])
        try fields.finish()
    }

    public var json: JSON {
        ["name": .string(name), "description": .string(description), "parameters": parameters]
    }
}
