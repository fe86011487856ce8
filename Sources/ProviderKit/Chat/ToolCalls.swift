public import JSONKit
public import PluginKit

/// Puts calls of tools together from their fragments.
public struct ToolCalls: Sendable {
    private struct Call: Sendable {
        let index: Int64
        var id = ""
        var name = ""
        var arguments = ""
    }

    private var calls: [Call] = []

    public init() {}

    public var isEmpty: Bool { calls.isEmpty }

    /// A fragment names its call by index; where a server sends none, one with an id or a name begins the next call.
    public mutating func add(_ fragment: JSON) {
        let id = fragment["id"]?.string ?? ""
        let name = fragment["function"]?["name"]?.string ?? ""
        let last = calls.last?.index ?? -1
        let index = fragment["index"]?.int ?? (id.isEmpty && name.isEmpty ? max(0, last) : last + 1)
        let place =
            calls.firstIndex { $0.index == index }
            ?? {
                calls.append(Call(index: index))
                return calls.count - 1
            }()
        if !id.isEmpty { calls[place].id = id }
        if !name.isEmpty { calls[place].name = name }
        switch fragment["function"]?["arguments"] {
        case .string(let text): calls[place].arguments += text
        case .object(let object): calls[place].arguments = JSON.object(object).description
        default: break
        }
    }

    /// The calls in the shape of the contract, once all fragments are there.
    public func finished() throws(PluginProblem) -> JSON {
        var result: [JSON] = []
        for (number, call) in calls.enumerated() {
            let text = call.arguments.isEmpty ? "{}" : call.arguments
            guard let arguments = try? JSON(parsing: text), arguments.object != nil else {
                throw PluginProblem(.malformed, "the arguments for \(call.name) are no JSON object", isRetryable: true)
            }
            let id = call.id.isEmpty ? "call_\(number + 1)" : call.id
            result.append(["id": .string(id), "name": .string(call.name), "arguments": arguments])
        }
        return .array(result)
    }
}
