import JSONKit

/// Whether a condition can be decided without a call: it is tried with every value that makes a difference to it.
extension Condition {
    /// More combinations than these are not tried.
    private static let most = 20_000

    /// The names it asks for.
    var names: Set<String> {
        var names: Set<String> = []
        Self.visit(root) {
            if case .name(let name) = $0 {
                names.insert(name)
            } else if case .filled(let name) = $0 {
                names.insert(name)
            }
        }
        return names
    }

    /// True or false where it is so in every call; nil where it depends, or cannot be told.
    func verdict(in agent: AgentDocument, stage: String) -> Bool? {
        guard let literals = literals() else { return nil }
        var axes: [(name: String, values: [JSON?])] = []
        var combinations = 1
        for name in names.sorted() {
            let values = Self.values(of: name, literals[name] ?? [], agent, stage)
            combinations *= values.count
            guard combinations <= Self.most else { return nil }
            axes.append((name, values))
        }
        var seen: Bool?
        for number in 0..<combinations {
            var (rest, values) = (number, [String: JSON]())
            for axis in axes {
                values[axis.name] = axis.values[rest % axis.values.count]
                rest /= axis.values.count
            }
            let result = holds { values[$0] }
            if let seen, seen != result { return nil }
            seen = result
        }
        return seen
    }

    /// What each name is compared with; nil if names are compared with each other, which is not decided here.
    private func literals() -> [String: [JSON]]? {
        var found: [String: [JSON]] = [:]
        var isDecidable = true
        Self.visit(root) { node in
            switch node {
            case .compare(.name(let name), _, .literal(let literal)),
                .compare(.literal(let literal), _, .name(let name)):
                found[name, default: []].append(literal)
            case .compare(.literal, _, .literal): break
            case .compare: isDecidable = false
            case .among(.name(let name), let literals): found[name, default: []] += literals
            case .among(.literal, _): break
            case .among: isDecidable = false
            default: break
            }
        }
        return isDecidable ? found : nil
    }

    /// One value of each sort that the comparisons can tell apart; nil: not known.
    private static func values(of name: String, _ literals: [JSON], _ agent: AgentDocument, _ stage: String) -> [JSON?]
    {
        switch name {
        case "stage": return [.string(stage)]
        case "hour": return whole(literals, 0...23)
        case "weekday": return whole(literals, 1...7)
        case "turns", "stage_turns": return whole(literals, 0...1_000_000)
        case "confidence": return numbers(literals, 0...1) + [nil]
        case "intent": return agent.intents.map { .string($0.name) } + [nil]
        case "caller", "called": return texts(literals)
        default: break
        }
        if LeadName(name) != nil { return literals.map { Optional($0) } + texts(literals) + [nil] }
        guard let slot = agent.slot(name) else { return [nil] }
        let least = min(max(slot.minimum ?? -1e15, -1e15), 1e15)
        let bounds = least...max(least, min(slot.maximum ?? 1e15, 1e15))
        switch slot.kind {
        case .boolean: return [true, false, nil]
        case .choice: return slot.choices.map { .string($0.value) } + [nil]
        case .integer:
            let (low, high) = (Int(bounds.lowerBound.rounded(.up)), Int(bounds.upperBound.rounded(.down)))
            return low <= high ? whole(literals, low...high) + [nil] : [nil]
        case .number: return numbers(literals, bounds) + [nil]
        case .text, .date, .time, .phone, .email, .digits: return texts(literals) + [nil]
        }
    }

    private static func whole(_ literals: [JSON], _ bounds: ClosedRange<Int>) -> [JSON?] {
        var points: Set<Int> = [bounds.lowerBound, bounds.upperBound]
        for literal in literals.compactMap(\.double) where abs(literal) < 1e15 {
            for step in -1...1 { points.insert(Int(literal.rounded()) + step) }
        }
        return points.filter(bounds.contains).sorted().map { .int(Int64($0)) }
    }

    private static func numbers(_ literals: [JSON], _ bounds: ClosedRange<Double>) -> [JSON?] {
        let edges = literals.compactMap(\.double).filter(bounds.contains).sorted()
        let between = zip([bounds.lowerBound] + edges, edges + [bounds.upperBound]).map { ($0 + $1) / 2 }
        return Set(edges + between + [bounds.lowerBound, bounds.upperBound]).sorted().map { .double($0) }
    }

    /// Before, at and behind each text.
    private static func texts(_ literals: [JSON]) -> [JSON?] {
        let texts = Set(literals.compactMap { $0.string?.lowercased() })
        return (texts.union(texts.map { $0 + " " }).union([" "])).sorted().map { .string($0) }
    }

    private static func visit(_ node: Node, _ body: (Node) -> Void) {
        body(node)
        switch node {
        case .literal, .name, .filled: break
        case .not(let inner), .among(let inner, _): visit(inner, body)
        case .and(let left, let right), .or(let left, let right), .compare(let left, _, let right):
            visit(left, body)
            visit(right, body)
        }
    }
}
