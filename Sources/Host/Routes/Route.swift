public import Core
public import JSONKit

/// An ordered list of plugins of one kind; the first that answers wins.
public struct Route: Sendable, Equatable {
    /// What documents call it. The route named like its kind is the default of that kind.
    public let name: String
    public let kind: Kind
    /// Tried in order; never empty.
    public let steps: [Step]

    /// Refuses a route without steps, and a kind that has no interface yet.
    public init(name: String, kind: Kind, steps: [Step]) throws(FieldError) {
        guard !name.isEmpty else { throw FieldError(path: "name", problem: "must not be empty") }
        guard !steps.isEmpty else { throw FieldError(path: "steps", problem: "a route needs at least one step") }
        guard steps.count <= 16 else { throw FieldError(path: "steps", problem: "a route has at most 16 steps") }
        guard kind.interface != nil else {
            throw FieldError(path: "kind", problem: "\(kind.rawValue) has no routes")
        }
        if !kind.hedges, let index = steps.firstIndex(where: { $0.hedge != nil }) {
            let kinds = Kind.allCases.filter(\.hedges).map(\.rawValue).joined(separator: ", ")
            throw FieldError(path: "steps[\(index)].hedge_ms", problem: "only routes of \(kinds) ask two steps at once")
        }
        (self.name, self.kind, self.steps) = (name, kind, steps)
    }

    /// Reads `{"name", "kind", "steps": [...]}`; the name defaults to the kind's.
    public init(_ json: JSON, path: String = "") throws(FieldError) {
        let fields = try Fields(json, path: path)
        let kindName = try fields.string("kind")
        guard let kind = Kind(rawValue: kindName) else {
            let known = Kind.allCases.filter { $0.interface != nil }.map(\.rawValue).joined(separator: ", ")
            throw fields.error("kind", "\(kindName) is no kind; known are \(known)")
        }
        let name = try fields.string("name", default: kindName)
        var steps: [Step] = []
        for step in try fields.objects("steps") { steps.append(try Step(step, of: kind)) }
        try fields.finish()
        do { try self.init(name: name, kind: kind, steps: steps) } catch {
            throw FieldError(path: fields.path(of: error.path), problem: error.problem)
        }
    }

    public var json: JSON {
        ["name": .string(name), "kind": .string(kind.rawValue), "steps": .array(steps.map(\.json))]
    }
}
