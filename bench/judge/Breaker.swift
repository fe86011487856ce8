import Carrier
import CodedSpeech
import Core
import JSONKit

/// 50 calls, each some turns; from the middle on the model's first provider takes questions and says nothing. A turn is
/// slow if its answer comes half a second or more later than the healthy turns' median.
enum Breaker: Plan {
    private static let calls = 50
    private static let turns = 5
    private static let healthy = calls * 2
    /// What the first provider is given to begin its answer; without a breaker every turn of the outage waits so long.
    private static let patience = 2000
    private static let slow = 500.0
    private static let number = "+15005552000"

    static var plugins: [(library: String, name: String, config: JSON)] {
        let quick: JSONObject = ["words": 4, "piece_ms": 2, "first_ms": 80]
        var dying = quick
        dying["mode"] = "slow"
        dying["skip"] = .int(Int64(healthy))
        return [
            ("scripted-asr", "asr", .object(quick)), ("scripted-tts", "tts", .object(quick)),
            ("scripted-provider", "llm-first", .object(dying)), ("scripted-provider", "llm-second", .object(quick)),
        ]
    }

    static var routes: JSONObject {
        [
            "asr": [["plugin": "asr"]], "tts": [["plugin": "tts"]],
            "llm": [["plugin": "llm-first", "first_ms": .int(Int64(patience))], ["plugin": "llm-second"]],
        ]
    }

    static var agents: [(number: String, document: JSON)] {
        [
            (
                number,
                [
                    "name": "breaker", "recording": false, "turn_taking": ["endpointing_ms": 300],
                    "stages": [["name": "only"]],
                ]
            )
        ]
    }

    static func run(_ stage: Stage) async throws {
        let gaps = try await withThrowingTaskGroup(of: [Double].self) { group in
            for index in 0..<calls {
                group.addTask {
                    // Callers do not call in step.
                    try await Task.sleep(for: .milliseconds(index * 83))
                    return try await converse(stage)
                }
            }
            var gaps: [Double] = []
            for try await some in group { gaps += some }
            return gaps
        }
        let median = gaps.sorted()[gaps.count / 2]
        Terminal.print([
            "bench": "breaker", "calls": .int(Int64(calls)), "turns": .int(Int64(gaps.count)),
            "slow_turns": .int(Int64(gaps.count { $0 >= median + slow })), "median_ms": .double(median),
            "worst_ms": .double(gaps.max() ?? 0), "deadline_ms": .int(Int64(patience)),
            "fell_back": .int(Int64(try stage.events("route.fell_back").count)),
            "opened": .int(Int64(try stage.events("breaker.opened").count)),
        ])
    }

    private static func converse(_ stage: Stage) async throws -> [Double] {
        let call = try await stage.call(number)
        for turn in 0..<turns {
            try await call.speak(CodedSpeech.audio([40, 41, 42]))
            try await call.waitForAgent(after: turn, seconds: 20)
        }
        await call.hangUp()
        return await call.report().answerGaps
    }
}
