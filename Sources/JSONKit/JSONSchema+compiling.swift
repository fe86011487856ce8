extension JSONSchema {
    /// Turns schemas into nodes; a definition is compiled once, however often it is referred to.
    struct Compiler {
        private let schema: JSON
        private let definitions: JSON
        private var compiled: [String: Node] = [:]
        private let top = Node()

        init(root schema: JSON, definitions: JSON) {
            self.schema = schema
            self.definitions =
                definitions.isNull ? schema["definitions"] ?? schema["$defs"] ?? .null : definitions
        }

        mutating func compileRoot() throws(FieldError) -> Node {
            guard case .object = schema, schema["$ref"] == nil else { return try compile(schema, at: "") }
            try fill(top, from: schema, at: "")
            return top
        }

        mutating func compile(_ schema: JSON, at path: String) throws(FieldError) -> Node {
            let node = Node()
            switch schema {
            case .bool(true): return node
            case .bool(false):
                node.types = []
                return node
            case .object: break
            default: throw FieldError(path: path, problem: "a schema must be an object or a boolean")
            }
            if let reference = schema["$ref"]?.string { return try resolve(reference, at: path) }
            try fill(node, from: schema, at: path)
            return node
        }

        private mutating func resolve(_ reference: String, at path: String) throws(FieldError) -> Node {
            if reference == "#" { return top }
            var name = String(reference.split(separator: "/").last ?? "")
            // A definition may be another name for a further one, but not for itself.
            var seen: Set<String> = []
            while let further = definitions[name]?["$ref"]?.string, seen.insert(name).inserted {
                name = String(further.split(separator: "/").last ?? "")
            }
            if let known = compiled[name] { return known }
            guard let schema = definitions[name], !seen.contains(name) else {
                throw FieldError(path: path, problem: "refers to \(reference), which does not exist")
            }
            let node = Node()
            // Before its members, which may refer to it.
            compiled[name] = node
            guard case .object = schema else { return try compile(schema, at: name) }
            try fill(node, from: schema, at: name)
            return node
        }

        private mutating func fill(_ node: Node, from schema: JSON, at path: String) throws(FieldError) {
            node.types = try types(schema["type"], at: path)
            for (name, property) in schema["properties"]?.object ?? [:] {
                node.properties.append((name, try compile(property, at: "\(path).\(name)")))
            }
            node.required = schema["required"]?.array?.compactMap(\.string) ?? []
            switch schema["additionalProperties"] {
            case nil, .bool(true): break
            case .bool(false): node.additional = .refused
            case .some(let further): node.additional = .checked(try compile(further, at: path))
            }
            if let items = schema["items"] { node.items = try compile(items, at: "\(path)[]") }
            node.allowed = schema["enum"]?.array ?? schema["const"].map { [$0] } ?? []
            node.minimum = schema["minimum"]?.double
            node.maximum = schema["maximum"]?.double
            node.exclusiveMinimum = schema["exclusiveMinimum"]?.double
            node.exclusiveMaximum = schema["exclusiveMaximum"]?.double
            node.lengths = range(schema, "minLength", "maxLength")
            node.counts = range(schema, "minItems", "maxItems")
            node.areUnique = schema["uniqueItems"]?.bool ?? false
            if let source = schema["pattern"]?.string {
                guard let pattern = Pattern(source) else {
                    throw FieldError(
                        path: path,
                        problem: "the pattern \(source) is no extended regular expression of POSIX"
                    )
                }
                node.pattern = pattern
            }
            node.oneOf = try list(schema["oneOf"], at: path)
            node.anyOf = try list(schema["anyOf"], at: path)
            node.allOf = try list(schema["allOf"], at: path)
            if let not = schema["not"] { node.not = try compile(not, at: path) }
        }

        private func range(_ schema: JSON, _ low: String, _ high: String) -> ClosedRange<Int> {
            let lower = Int(schema[low]?.int ?? 0)
            return lower...max(lower, Int(clamping: schema[high]?.int ?? Int64.max))
        }

        private mutating func list(_ schemas: JSON?, at path: String) throws(FieldError) -> [Node] {
            var nodes: [Node] = []
            for schema in schemas?.array ?? [] { nodes.append(try compile(schema, at: path)) }
            return nodes
        }

        private func types(_ names: JSON?, at path: String) throws(FieldError) -> TypeSet {
            guard let names else { return .all }
            var set: TypeSet = []
            for name in names.array ?? [names] {
                guard let known = TypeSet.names.first(where: { $0.0 == name.string }) else {
                    throw FieldError(path: path, problem: "unknown type \(name)")
                }
                set.insert(known.1)
            }
            return set
        }
    }
}
