import Calls
import JSONKit

/// What the tools of an agent answer in a script, one answer after the other; the last one stays.
struct ToolScript: Sendable {
    struct Answer: Sendable {
        let outcome: ToolOutcome
        /// How long the tool takes, by the script's clock.
        let milliseconds: Int
    }

    private(set) var answers: [String: [Answer]] = [:]

    /// Reads `{"tool": {"result"|"error": ..., "after_ms"}}`, or several answers in an array. `path` is the object's.
    init(_ fields: Fields?) throws(FieldError) {
        guard let fields else { return }
        for name in fields.object.keys {
            var list: [Answer] = []
            if case .array = fields.object[name] {
                for answer in try fields.objects(name) { list.append(try Answer(answer)) }
            } else {
                list = [try Answer(try fields.object(name))]
            }
            guard !list.isEmpty else { throw fields.error(name, "needs at least one answer") }
            answers[name] = list
        }
    }

    /// The answers of `other`, and ours for tools that it does not name.
    func overridden(by other: ToolScript) -> ToolScript {
        var result = self
        result.answers.merge(other.answers) { $1 }
        return result
    }

    /// Every tool that is scripted must exist.
    func check(against names: [String], path: String) throws(FieldError) {
        for name in answers.keys.sorted() where !names.contains(name) {
            let known = names.joined(separator: ", ")
            throw FieldError(
                path: "\(path).\(name)",
                problem: known.isEmpty ? "there are no tools" : "no tool is called so; known are \(known)"
            )
        }
    }
}

extension ToolScript.Answer {
    init(_ fields: Fields) throws(FieldError) {
        let (hasResult, hasError) = (fields.object["result"] != nil, fields.object["error"] != nil)
        guard hasResult != hasError else {
            throw FieldError(path: fields.path, problem: "must have exactly one of result, error")
        }
        let result = try fields.json("result", default: .null)
        let error = try fields.string("error", default: "")
        outcome = hasError ? .failed(error) : .answered(result)
        milliseconds = try fields.int("after_ms", default: 0, in: 0...600_000)
        try fields.finish()
    }
}
