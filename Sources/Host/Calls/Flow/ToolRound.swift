import Core
import JSONKit

/// The tools that one answer of the model, or one step of the document, asked for, until all of them have come to an end.
struct ToolRound {
    struct Call {
        /// What the model calls it; empty: the document asked.
        let id: String
        let name: String
        let arguments: JSON
        /// Under this number it runs; nil: it is done.
        var item: UInt64?
        let began: Moment
        var result: JSON?
    }

    var calls: [Call] = []
    /// The model has said all it wanted to say beside them.
    var isAnswered: Bool
    /// What it said, is told to it again with the results.
    var isDone: Bool { isAnswered && calls.allSatisfy { $0.result != nil } }

    /// The model's own message, and one for each result.
    func messages(said: String) -> [JSON] {
        let own = calls.filter { !$0.id.isEmpty }
        guard !own.isEmpty else { return [] }
        let calls: [JSON] = own.map { ["id": .string($0.id), "name": .string($0.name), "arguments": $0.arguments] }
        return [["role": "assistant", "content": .string(said), "tool_calls": .array(calls)]]
            + own.map {
                ["role": "tool", "tool_call_id": .string($0.id), "content": .string(($0.result ?? .null).description)]
            }
    }
}
