import JSONKit

/// Reads a condition, with the types of its names.
struct ConditionParser {
    private struct Token: Equatable {
        enum Kind: Equatable { case word, number, text, sign, end }

        let kind: Kind
        let text: String
        let column: Int
    }

    private typealias Typed = (node: Condition.Node, kind: Condition.Kind)

    private static let longest = 1000
    private static let deepest = 30

    private var tokens: [Token] = []
    private var index = 0
    private var depth = 0
    private let names: [String: Condition.Kind]
    private let path: String

    init(_ source: String, names: [String: Condition.Kind], path: String) throws(FieldError) {
        (self.names, self.path) = (names, path)
        guard source.utf8.count <= Self.longest else {
            throw FieldError(path: path, problem: "is longer than \(Self.longest) bytes")
        }
        try scan(Array(source))
    }

    /// The whole condition, which must be true or false.
    mutating func parse() throws(FieldError) -> Condition.Node {
        let whole = try disjunction()
        guard token.kind == .end else { throw error("nothing may follow here") }
        guard whole.kind == .boolean else {
            throw FieldError(
                path: path,
                problem: "is a \(whole.kind.rawValue), must be true or false: compare it with something"
            )
        }
        return whole.node
    }

    // MARK: Tokens

    private mutating func scan(_ source: [Character]) throws(FieldError) {
        var at = 0
        while at < source.count {
            let (character, start) = (source[at], at)
            if character.isWhitespace {
                at += 1
            } else if character.isLetter || character == "_" {
                while at < source.count, source[at].isLetter || source[at].isNumber || "_.".contains(source[at]) {
                    at += 1
                }
                tokens.append(Token(kind: .word, text: String(source[start..<at]), column: start + 1))
            } else if character.isNumber || character == "-" {
                at += 1
                while at < source.count, source[at].isNumber || source[at] == "." { at += 1 }
                tokens.append(Token(kind: .number, text: String(source[start..<at]), column: start + 1))
            } else if character == "\"" || character == "'" {
                guard let end = source[(at + 1)...].firstIndex(of: character) else {
                    throw FieldError(path: path, problem: "column \(start + 1): the text has no end")
                }
                tokens.append(Token(kind: .text, text: String(source[(start + 1)..<end]), column: start + 1))
                at = end + 1
            } else {
                let two = String(source[at..<min(source.count, at + 2)])
                let sign = ["==", "!=", "<=", ">="].contains(two) ? two : String(character)
                guard ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ","].contains(sign) else {
                    let hint = character == "=" ? "; equality is written ==" : ""
                    throw FieldError(path: path, problem: "column \(start + 1): \(character) means nothing here\(hint)")
                }
                tokens.append(Token(kind: .sign, text: sign, column: start + 1))
                at += sign.count
            }
        }
        tokens.append(Token(kind: .end, text: "the end", column: source.count + 1))
    }

    private var token: Token { tokens[index] }

    private mutating func take(_ text: String) -> Bool {
        guard token.text == text, token.kind == .sign || token.kind == .word else { return false }
        index += 1
        return true
    }

    private mutating func demand(_ text: String) throws(FieldError) {
        guard take(text) else { throw error("\(text) is missing") }
    }

    private func error(_ problem: String) -> FieldError {
        FieldError(path: path, problem: "column \(token.column), at \(token.text): \(problem)")
    }

    // MARK: Grammar

    private mutating func disjunction() throws(FieldError) -> Typed {
        depth += 1
        guard depth <= Self.deepest else { throw error("more than \(Self.deepest) brackets in each other") }
        defer { depth -= 1 }
        var left = try conjunction()
        while take("or") {
            let right = try conjunction()
            try demandBoolean(left, right)
            left = (.or(left.node, right.node), .boolean)
        }
        return left
    }

    private mutating func conjunction() throws(FieldError) -> Typed {
        var left = try negation()
        while take("and") {
            let right = try negation()
            try demandBoolean(left, right)
            left = (.and(left.node, right.node), .boolean)
        }
        return left
    }

    private func demandBoolean(_ sides: Typed...) throws(FieldError) {
        guard sides.allSatisfy({ $0.kind == .boolean }) else {
            throw error("and, or and not join what is true or false")
        }
    }

    private mutating func negation() throws(FieldError) -> Typed {
        var times = 0
        while take("not") { times += 1 }
        let inner = try test()
        guard times > 0 else { return inner }
        try demandBoolean(inner)
        return times % 2 == 0 ? inner : (.not(inner.node), .boolean)
    }

    private mutating func test() throws(FieldError) -> Typed {
        let left = try value()
        if take("in") { return try among(left) }
        guard token.kind == .sign, let comparison = Condition.Comparison(rawValue: token.text) else { return left }
        index += 1
        let right = try value()
        guard left.kind == right.kind || Self.takesAny(left, right) else {
            throw error("a \(left.kind.rawValue) cannot be compared with a \(right.kind.rawValue)")
        }
        guard left.kind != .boolean || comparison == .equal || comparison == .unequal else {
            throw error("what is true or false has no order")
        }
        return (.compare(left.node, comparison, right.node), .boolean)
    }

    /// What is known of a lead may be a number, or a text that reads as one.
    private static func takesAny(_ left: Typed, _ right: Typed) -> Bool {
        func isLead(_ side: Typed) -> Bool {
            if case .name(let name) = side.node { LeadName(name) != nil } else { false }
        }
        return left.kind != .boolean && right.kind != .boolean && (isLead(left) || isLead(right))
    }

    private mutating func among(_ left: Typed) throws(FieldError) -> Typed {
        try demand("[")
        var literals: [JSON] = []
        repeat {
            let literal = try value()
            guard case .literal(let json) = literal.node else { throw error("a list holds values, not names") }
            guard literal.kind == left.kind || Self.takesAny(left, literal) else {
                throw error("a \(left.kind.rawValue) is never among values of the type \(literal.kind.rawValue)")
            }
            literals.append(json)
        } while take(",")
        try demand("]")
        return (.among(left.node, literals), .boolean)
    }

    private mutating func value() throws(FieldError) -> Typed {
        let current = token
        switch current.kind {
        case .number:
            guard let number = Double(current.text) else { throw error("is no number") }
            index += 1
            return (.literal(.double(number)), .number)
        case .text:
            index += 1
            return (.literal(.string(current.text)), .text)
        case .sign where take("("):
            let inner = try disjunction()
            try demand(")")
            return inner
        case .word: return try word(current)
        default: throw error("a value is missing")
        }
    }

    private mutating func word(_ current: Token) throws(FieldError) -> Typed {
        index += 1
        switch current.text {
        case "true", "false": return (.literal(.bool(current.text == "true")), .boolean)
        case "filled":
            try demand("(")
            let name = token
            guard names[name.text] != nil || LeadName(name.text) != nil else { throw unknown(name) }
            index += 1
            try demand(")")
            return (.filled(name.text), .boolean)
        default:
            if LeadName(current.text) != nil { return (.name(current.text), .text) }
            guard let kind = names[current.text] else {
                index -= 1
                throw unknown(current)
            }
            return (.name(current.text), kind)
        }
    }

    private func unknown(_ name: Token) -> FieldError {
        let nearest = names.keys.sorted().min { $0.editDistance(to: name.text) < $1.editDistance(to: name.text) }
        let hint = nearest.map {
            $0.editDistance(to: name.text) <= 2 ? "did you mean \($0)?" : "it is no slot of this document"
        }
        return error("nothing is called \(name.text); \(hint ?? "there are no slots")")
    }
}
