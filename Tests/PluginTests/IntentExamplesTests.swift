import JSONKit
import PluginHost
import Testing

@Suite struct IntentExamplesTests {
    private struct Answer {
        let right: String?
        let label: String
        let confidence: Double
        var isRight: Bool { right == label }
    }

    /// The best label of each text, with its confidence.
    private func ask(_ texts: [String], labels: JSON) throws -> [(label: String, confidence: Double)] {
        let bench = try PluginBench()
        try bench.load("intent-examples")
        let options: JSON = ["language": "en-US", "labels": labels]
        let emitted = try bench.run("intent-examples", "patchbay.intent/1", options: options) { stream in
            for (index, text) in texts.enumerated() { try stream.push(text: text, item: UInt64(index + 1)) }
            try stream.end()
        }
        return try emitted.compactMap { one in
            guard case .json(let json, _) = one else { return nil }
            let best = try #require(json["labels"]?[0])
            return (try #require(best["name"]?.string), try #require(best["confidence"]?.double))
        }
    }

    private func heldOut() throws -> [Answer] {
        var answers: [Answer] = []
        for (name, domain) in try #require(TestData.json("intent-examples/testdata/held-out.json").object).members {
            let cases = try #require(domain["held_out"]?.array)
            let given = try ask(cases.compactMap { $0[0]?.string }, labels: try #require(domain["labels"]))
            #expect(given.count == cases.count)
            for (one, given) in zip(cases, given) {
                let answer = Answer(right: one[1]?.string, label: given.label, confidence: given.confidence)
                answers.append(answer)
                let isSurprise = answer.isRight ? answer.confidence < 0.5 : answer.confidence >= 0.5
                if isSurprise { print("\(name): \(one) is \(given.label) with \(given.confidence)") }
            }
        }
        return answers
    }

    /// The mean distance between confidence and truth over five classes of confidence, weighted by their sizes.
    private func calibrationError(_ answers: [Answer]) -> Double {
        (0..<5).reduce(0) { sum, bin in
            let inside = answers.filter { min(4, Int($0.confidence * 5)) == bin }
            let confidence = inside.reduce(0) { $0 + $1.confidence }
            let right = Double(inside.filter(\.isRight).count)
            if !inside.isEmpty {
                print(
                    "intent-examples: \(inside.count) answers with about \(confidence / Double(inside.count)),"
                        + " right \(right / Double(inside.count))"
                )
            }
            return sum + abs(confidence - right) / Double(answers.count)
        }
    }

    @Test func `sentences it has not seen get their label, and confidence is what it says`() throws {
        let answers = try heldOut()
        let known = answers.filter { $0.right != nil }
        let accuracy = Double(known.filter(\.isRight).count) / Double(known.count)
        let error = calibrationError(answers)
        let strange = answers.filter { $0.right == nil }
        let strangeMean = strange.reduce(0) { $0 + $1.confidence } / Double(strange.count)
        let fooled = strange.filter { $0.confidence >= 0.5 }.count
        print("intent-examples: accuracy \(accuracy) of \(known.count), calibration error \(error)")
        print("intent-examples: none of these \(strangeMean) of \(strange.count), above a half \(fooled)")
        #expect(accuracy >= 0.9)
        #expect(error <= 0.1)
        #expect(strangeMean < 0.25)
    }

    @Test func `an example itself is sure, nothing said is nothing`() throws {
        let labels: JSON = [
            ["name": "book", "examples": ["I want to book a table", "a table for two please"]],
            ["name": "hours", "examples": ["when are you open", "what are your hours"]],
        ]
        let answers = try ask(["when are you open", "", "...", "qwertz uiop"], labels: labels)
        #expect(answers[0].label == "hours")
        #expect(answers[0].confidence > 0.7)
        for answer in answers.dropFirst() { #expect(answer.confidence < 0.3) }
    }

    @Test func `labels without a name are refused by their path, no labels are no trouble`() throws {
        let bench = try PluginBench()
        try bench.load("intent-examples")
        let refused = try bench.run("intent-examples", "patchbay.intent/1", options: ["labels": [["examples": []]]]) {
            _ in
        }
        guard case .failed(let failure)? = refused.last else { throw Files.Unreadable(path: "no failure") }
        #expect(failure.message.contains("labels[0].name"))
        let empty = try bench.run("intent-examples", "patchbay.intent/1", options: ["labels": []]) { stream in
            try stream.push(text: "hello", item: 1)
            try stream.end()
        }
        #expect(empty == [.json(["labels": []], item: 1), .done(1), .end])
    }
}
