public import JSONKit

/// What a warehouse is asked; see `warehouse` in kinds.h.
public enum WarehouseRequest: Sendable {
    case load(Batch)
    case query(Question, Window)
    /// Identifiers of calls.
    case erase([String])
    case check

    private static let mostCalls = 10_000

    /// Reads a request.
    /// - Throws: an error that names the member.
    public init(_ json: JSON) throws(WarehouseError) {
        switch json["op"]?.string {
        case "load": self = .load(try Batch(json))
        case "query":
            guard let name = json["name"]?.string, let question = Question(rawValue: name) else {
                let known = Question.allCases.map(\.rawValue).joined(separator: ", ")
                throw WarehouseError("name: must be one of \(known)")
            }
            self = .query(question, try Window(json))
        case "erase":
            let calls = json["calls"]?.array?.compactMap(\.string)
            guard let calls, calls.count == json["calls"]?.array?.count, calls.allSatisfy({ !$0.isEmpty }),
                calls.count <= Self.mostCalls
            else { throw WarehouseError("calls: is required (a list of at most \(Self.mostCalls) call ids)") }
            self = .erase(calls)
        case "check": self = .check
        default: throw WarehouseError("op: must be load, query, erase or check")
        }
    }
}
