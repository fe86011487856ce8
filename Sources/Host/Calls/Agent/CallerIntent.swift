public import JSONKit

/// Something callers want, and how they say it.
public struct CallerIntent: Sendable, Equatable {
    public let name: String
    /// A few sentences; recognition and labelling both learn from them.
    public let examples: [String]

    init(_ fields: Fields) throws(FieldError) {
        name = try fields.string("name")
        guard name.isName else { throw fields.error("name", "must be letters, digits, - and _, is \"\(name)\"") }
        guard !["default", "no_answer"].contains(name) else {
            throw fields.error("name", "\(name) is the name of a template, not of an intent")
        }
        examples = try fields.strings("examples")
        guard !examples.isEmpty else { throw fields.error("examples", "needs at least one sentence") }
        try fields.finish()
    }

    public var json: JSON { ["name": .string(name), "examples": .array(examples.map { .string($0) })] }
}
