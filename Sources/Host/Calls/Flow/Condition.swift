import JSONKit

/// A deterministic expression over what a conversation knows, such as `amount > 100 and filled(day) and weekday < 6`.
///
/// Parsed and type-checked when the document is put. There is nothing in it that could run long or fail: a comparison with
/// what is not known yet is false.
///
///     or    = and { "or" and }          and = not { "and" not }          not = "not" not | test
///     test  = value [ ("==" | "!=" | "<" | "<=" | ">" | ">=") value | "in" "[" literal { "," literal } "]" ]
///     value = literal | name | "filled" "(" name ")" | "(" or ")"
public struct Condition: Sendable, Equatable {
    enum Kind: String, Sendable { case text, number, boolean }

    indirect enum Node: Sendable, Equatable {
        case literal(JSON)
        case name(String)
        case filled(String)
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
        case compare(Node, Comparison, Node)
        case among(Node, [JSON])
    }

    enum Comparison: String, Sendable {
        case equal = "==", unequal = "!=", less = "<", atMost = "<=", more = ">", atLeast = ">="
    }

    /// As it was written.
    public let source: String
    let root: Node

    /// What is always known, beside slots; see `docs/AGENTS.md`.
    static let builtIn: [String: Kind] = [
        "intent": .text, "confidence": .number, "stage": .text, "turns": .number, "stage_turns": .number,
        "caller": .text, "called": .text, "hour": .number, "weekday": .number,
    ]
    static let reserved = Set(builtIn.keys).union(["and", "or", "not", "in", "true", "false", "filled"])

    /// - Throws: what is wrong and at which column, counted from 1.
    init(_ source: String, slots: [Slot], path: String) throws(FieldError) {
        self.source = source
        var names = Self.builtIn
        for slot in slots { names[slot.name] = slot.conditionKind }
        var parser = try ConditionParser(source, names: names, path: path)
        root = try parser.parse()
    }

    /// `value` gives what a name stands for; nil: not known.
    func holds(_ value: (String) -> JSON?) -> Bool { Self.evaluate(root, value).bool ?? false }

    private static func evaluate(_ node: Node, _ value: (String) -> JSON?) -> JSON {
        switch node {
        case .literal(let literal): return literal
        case .name(let name): return value(name) ?? .null
        case .filled(let name): return .bool(value(name) != nil)
        case .not(let inner): return .bool(!(evaluate(inner, value).bool ?? false))
        case .and(let left, let right):
            return .bool((evaluate(left, value).bool ?? false) && (evaluate(right, value).bool ?? false))
        case .or(let left, let right):
            return .bool((evaluate(left, value).bool ?? false) || (evaluate(right, value).bool ?? false))
        case .among(let inner, let literals):
            let found = evaluate(inner, value)
            return .bool(literals.contains { compare(found, .equal, $0) })
        case .compare(let left, let comparison, let right):
            return .bool(compare(evaluate(left, value), comparison, evaluate(right, value)))
        }
    }

    private static func compare(_ left: JSON, _ comparison: Comparison, _ right: JSON) -> Bool {
        if let left = left.double, let right = right.double { return holds(left, comparison, right) }
        // Only what is known of a lead may be a text where a number is meant: lists are made of texts.
        if let left = left.string.flatMap({ Double($0) }), let right = right.double {
            return holds(left, comparison, right)
        }
        if let left = left.double, let right = right.string.flatMap({ Double($0) }) {
            return holds(left, comparison, right)
        }
        if let left = left.string, let right = right.string {
            return holds(left.lowercased(), comparison, right.lowercased())
        }
        guard let left = left.bool, let right = right.bool else { return false }
        return comparison == .equal ? left == right : comparison == .unequal && left != right
    }

    private static func holds<Value: Comparable>(_ left: Value, _ comparison: Comparison, _ right: Value) -> Bool {
        switch comparison {
        case .equal: left == right
        case .unequal: left != right
        case .less: left < right
        case .atMost: left <= right
        case .more: left > right
        case .atLeast: left >= right
        }
    }
}

extension Slot {
    /// As what conditions see its value. Dates and times are texts that sort.
    var conditionKind: Condition.Kind {
        switch kind {
        case .number, .integer: .number
        case .boolean: .boolean
        case .text, .date, .time, .phone, .email, .digits, .choice: .text
        }
    }
}
