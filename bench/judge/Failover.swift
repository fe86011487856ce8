import Carrier
import CodedSpeech
import Console
import JSONKit

/// One call for each kind of provider and each way to fail: the first step of the route fails in the first turn, and what
/// the caller hears, or what is understood of the caller, is compared word by word with what should have been.
enum Failover: Plan {
    /// A provider's way to fail; `none` is what to compare with.
    static let modes = ["none", "refuse", "stall", "die_first", "die_late", "garbage", "slow", "mute"]
    static let kinds = ["asr", "llm", "tts"]
    static let question = [40, 41, 42, 43, 44]
    /// What the voice takes for a word, in frames of 20 ms.
    private static let frames = 10
    private static let reply = Array(0..<12)

    private struct Case: Sendable {
        let kind: String
        let mode: String
        let number: String
        var agent: String { "\(kind)-\(mode)" }
    }

    private static let cases: [Case] = kinds.flatMap { kind in modes.map { (kind, $0) } }.enumerated().map {
        Case(kind: $1.0, mode: $1.1, number: "+1500555\(1000 + $0)")
    }

    private static func library(_ kind: String) -> String { kind == "llm" ? "scripted-provider" : "scripted-\(kind)" }

    /// A voice as fast as many: twice as fast as speech.
    private static let pace: JSONObject = ["piece_ms": 10, "first_ms": 80, "timings": 1]

    static var plugins: [(library: String, name: String, config: JSON)] {
        let healthy = kinds.map { (library($0), $0, JSON.object(pace)) }
        let failing = cases.filter { $0.mode != "none" }.map { one in
            var config = pace
            config["mode"] = .string(one.mode)
            return (library(one.kind), one.agent, JSON.object(config))
        }
        return healthy + failing
    }

    static var routes: JSONObject { JSONObject(kinds.map { ($0, [["plugin": .string($0)]]) }) }

    static var agents: [(number: String, document: JSON)] {
        cases.map { one in
            let routes: JSON = one.mode == "none" ? [:] : .object([one.kind: .string(one.agent)])
            return (
                one.number,
                [
                    "name": .string(one.agent), "recording": false, "routes": routes,
                    "turn_taking": ["endpointing_ms": 300], "stages": [["name": "only"]],
                ]
            )
        }
    }

    static func run(_ stage: Stage) async throws {
        let control = try stage.control()
        for one in cases where one.mode != "none" {
            let steps: JSON = [
                ["plugin": .string(one.agent), "first_ms": 600, "next_ms": 300], ["plugin": .string(one.kind)],
            ]
            _ = try control.call("route.set", ["name": .string(one.agent), "kind": .string(one.kind), "steps": steps])
        }
        try await withThrowingTaskGroup(of: (Int, CallReport).self) { group in
            for (index, one) in cases.enumerated() {
                group.addTask { (index, try await converse(stage, one)) }
            }
            var reports: [Int: CallReport] = [:]
            for try await (index, report) in group { reports[index] = report }
            try tell(reports, stage)
        }
    }

    private static func converse(_ stage: Stage, _ one: Case) async throws -> CallReport {
        let call = try await stage.call(one.number)
        try await call.speak(CodedSpeech.audio(question))
        try await call.waitForAgent(after: 0, seconds: 20)
        await call.hangUp()
        return await call.report()
    }

    private static func tell(_ reports: [Int: CallReport], _ stage: Stage) throws {
        var agents: [String: String] = [:]
        for event in try stage.events("call.started") { agents[event.call] = event.data["agent"]?.string ?? "" }
        var understood: [String: String] = [:]
        for event in try stage.events("transcript.final") {
            understood[agents[event.call] ?? "", default: ""] += (event.data["text"]?.string ?? "") + " "
        }
        for (index, one) in cases.enumerated() {
            guard let report = reports[index] else { continue }
            let levels = stride(from: 0, to: report.heard.count, by: 160).map { report.heard[$0] }
            let heard = CodedSpeech.words(in: levels)
            let words =
                one.kind == "asr"
                ? understood[one.agent, default: ""].split(separator: " ").compactMap { Int($0.dropFirst()) }
                : heard.filter { $0.frames * 2 >= frames }.map(\.word)
            let wanted = one.kind == "asr" ? question : reply
            let lost = wanted.filter { !words.contains($0) }.count
            Terminal.print([
                "bench": "failover", "kind": .string(one.kind), "mode": .string(one.mode),
                "heard_pct": .double(100 * Double(wanted.count - lost) / Double(wanted.count)),
                "lost_words": .int(Int64(lost)),
                "duplicate_words": .int(Int64(words.count - Set(words).count)),
                "gap_ms": .double(gap(report, levels)),
            ])
        }
    }

    /// The longest silence that the caller has to bear: before the answer, or in its midst.
    private static func gap(_ report: CallReport, _ levels: [Int16]) -> Double {
        let audible = levels.indices.filter { CodedSpeech.word(levels[$0]) != nil }
        let pauses = zip(audible, audible.dropFirst()).map { Double($1 - $0 - 1) * 20 }
        return max(report.answerGaps.first ?? 0, pauses.max() ?? 0)
    }
}
