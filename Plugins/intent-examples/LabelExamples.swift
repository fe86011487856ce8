import JSONKit
import PluginKit

/// One label and how callers say it.
struct LabelExamples: Sendable {
    let name: String
    let examples: [String]

    private static let mostLabels = 200
    private static let mostExamples = 1000

    /// Reads the member `labels` of a stream's options.
    static func read(_ json: JSON) throws(PluginProblem) -> [LabelExamples] {
        guard let elements = json.array else { throw PluginProblem(.invalid, "labels: must be an array") }
        var labels: [LabelExamples] = []
        for (index, element) in elements.enumerated() {
            guard let name = element["name"]?.string, !name.isEmpty else {
                throw PluginProblem(.invalid, "labels[\(index)].name: is required (a string)")
            }
            guard let examples = element["examples"]?.array?.compactMap(\.string) else {
                throw PluginProblem(.invalid, "labels[\(index)].examples: is required (an array of strings)")
            }
            labels.append(LabelExamples(name: name, examples: examples))
        }
        let total = labels.reduce(0) { $0 + $1.examples.count }
        guard labels.count <= mostLabels, total <= mostExamples else {
            throw PluginProblem(
                .invalid,
                "labels: \(labels.count) with \(total) examples; at most \(mostLabels) with \(mostExamples)"
            )
        }
        return labels
    }
}
