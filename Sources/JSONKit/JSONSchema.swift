/// A JSON Schema (draft 7), compiled once into a tree that checks values quickly.
///
/// Understood: type, properties, required, additionalProperties, items, enum, const, minimum, maximum, exclusiveMinimum,
/// exclusiveMaximum, minLength, maxLength, pattern (extended regular expressions of POSIX), minItems, maxItems,
/// uniqueItems, oneOf, anyOf, allOf, not, and $ref to `definitions`. Other keywords, `format` among them, are annotations
/// and check nothing.
public final class JSONSchema: Sendable {
    private let root: Node

    /// Compiles `schema`. `$ref` is resolved by its last path component among the members of `definitions`, or of the
    /// schema's own member of that name; `#` is the schema itself.
    public init(_ schema: JSON, definitions: JSON = .null) throws(FieldError) {
        var compiler = Compiler(root: schema, definitions: definitions)
        root = try compiler.compileRoot()
    }

    /// Throws at the first violation, naming the place and what is expected there.
    public func check(_ value: JSON, at path: String = "") throws(FieldError) { try root.check(value, path) }

    /// One schema of the tree. Definitions are shared by reference, so a schema may refer to itself.
    final class Node: @unchecked Sendable {
        var types: TypeSet = .all
        var properties: [(name: String, node: Node)] = []
        var required: [String] = []
        var additional: Additional = .allowed
        var items: Node?
        var allowed: [JSON] = []
        var minimum: Double?
        var maximum: Double?
        var exclusiveMinimum: Double?
        var exclusiveMaximum: Double?
        var lengths = 0...Int.max
        var pattern: Pattern?
        var counts = 0...Int.max
        var areUnique = false
        var oneOf: [Node] = []
        var anyOf: [Node] = []
        var allOf: [Node] = []
        var not: Node?
    }

    enum Additional: Sendable { case allowed, refused, checked(Node) }

    struct TypeSet: OptionSet, Sendable {
        let rawValue: UInt8
        static let null = TypeSet(rawValue: 1)
        static let boolean = TypeSet(rawValue: 2)
        static let integer = TypeSet(rawValue: 4)
        static let number = TypeSet(rawValue: 8)
        static let string = TypeSet(rawValue: 16)
        static let array = TypeSet(rawValue: 32)
        static let object = TypeSet(rawValue: 64)
        static let all = TypeSet(rawValue: 127)
        static let names: [(String, TypeSet)] = [
            ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
            ("array", .array), ("object", .object),
        ]

        var description: String {
            Self.names.filter { contains($0.1) }.map(\.0).joined(separator: " or ")
        }
    }
}
