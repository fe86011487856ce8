public import Calls
public import JSONKit

/// What came of the conversations of one file, for people and for programs.
public struct TrialReport: Sendable {
    public let path: String
    public let agent: String
    /// What is odd about the agent's document.
    public let warnings: [AgentFinding]
    public let results: [TrialResult]
    /// What it took, by the machine's clock.
    public let milliseconds: Double

    public var hasPassed: Bool { results.allSatisfy(\.hasPassed) }

    /// So much of the transcript is shown before a failure.
    private static let context = 12

    /// A line for each conversation; around a failure, the transcript that led to it.
    public func text(isVerbose: Bool = false) -> String {
        var text = "\(agent) (\(path))\n"
        for warning in warnings { text += "  warning  \(warning.path): \(warning.problem)\n" }
        for result in results {
            text += "  \(result.hasPassed ? "passed" : "FAILED")  \(result.name)  (\(Self.tenths(result.seconds)) s)\n"
            if isVerbose { text += Self.lines(result.transcript) }
            for failure in result.failures {
                text += "    \(failure.path), at \(Self.tenths(failure.seconds)) s\n"
                text += "      expected  \(failure.expected)\n      found     \(failure.found)\n"
                if !isVerbose { text += Self.lines(result.transcript.prefix(failure.lines).suffix(Self.context)) }
            }
        }
        let passed = results.count(where: \.hasPassed)
        let seconds = results.reduce(0) { $0 + $1.seconds }
        return text
            + "  \(passed) of \(results.count) passed; \(Self.tenths(seconds)) s of calls in"
            + " \(Self.tenths(milliseconds / 1000)) s\n"
    }

    private static func lines(_ transcript: some Sequence<JSON>) -> String {
        transcript.map { line in
            let at = tenths(line["at_s"]?.double ?? 0)
            let who = line["who"]?.string ?? ""
            let space = { (text: String, width: Int) in String(repeating: " ", count: max(1, width - text.count)) }
            return "      " + space(at, 7) + "\(at)  \(who)" + space(who, 10) + (line["text"]?.string ?? "") + "\n"
        }.joined()
    }

    private static func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }

    public var json: JSON {
        [
            "path": .string(path), "agent": .string(agent), "passed": .bool(hasPassed),
            "warnings": .array(warnings.map(\.json)), "took_ms": .double(milliseconds.rounded()),
            "tests": .array(
                results.map { result in
                    [
                        "name": .string(result.name), "passed": .bool(result.hasPassed),
                        "duration_s": .double((result.seconds * 1000).rounded() / 1000),
                        "failures": .array(
                            result.failures.map {
                                [
                                    "path": .string($0.path), "expected": .string($0.expected),
                                    "found": .string($0.found), "at_s": .double(($0.seconds * 10).rounded() / 10),
                                ]
                            }
                        ),
                        "transcript": .array(result.transcript),
                    ]
                }
            ),
        ]
    }
}
