import Core
import JSONKit
import Routes

@testable import Trials

/// A small agent, and the plugins that need no network.
enum Stage {
    static let agent: JSON = [
        "name": "desk", "greeting": "Hello there.",
        "intents": [
            ["name": "book", "examples": ["I want to book a table", "I want to book"]],
            ["name": "bye", "examples": ["goodbye"]],
        ],
        "turn_taking": ["silence_prompt_s": 10, "silence_hangup_s": 60, "preemptive": false],
        "stages": [
            [
                "name": "intro", "disposition": "left_early", "templates": ["default": "I can book a table for you."],
                "transitions": [
                    ["on": ["intent": "book"], "to": "booking"],
                    ["on": ["digit": "5"], "to": "booking", "say": "You pressed five."],
                ],
            ],
            [
                "name": "booking", "templates": ["default": "Gladly. When?"],
                "transitions": [["on": ["intent": "bye"], "to": "end"]],
            ],
            ["name": "end", "final": "booked", "templates": ["default": "Goodbye."]],
        ],
    ]

    /// Whom the call may be handed over to.
    private static let billing: JSON = [
        "name": "billing", "greeting": "Billing here, on {day}.",
        "slots": [["name": "day", "type": "date"]],
        "stages": [["name": "bills", "disposition": "billed"]],
    ]

    /// Where SwiftPM put the libraries: beside the test runner.
    static let libraries: String = {
        let path = CommandLine.arguments[0]
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()

    static func report(_ script: JSON, with agent: JSON = agent) async throws(TrialFailure) -> TrialReport {
        let content: JSON = ["agent": agent, "now": "2026-11-23 10:00", "agents": ["billing.json"], "tests": [script]]
        let reader = TrialFile.Reader(
            json: { $0.hasSuffix("billing.json") ? billing : content },
            text: { path throws(TrialFailure) in throw TrialFailure(path) },
            absolute: { "\($1)/\($0)" }
        )
        let file = try TrialFile(reading: "/scripts/desk.json", with: reader)
        return try await Trials.run(file, with: try setup())
    }

    static func play(_ script: JSON, with agent: JSON = agent) async throws(TrialFailure) -> TrialResult {
        try await report(script, with: agent).results[0]
    }

    private static func setup() throws(TrialFailure) -> TrialSetup {
        var setup = TrialSetup(libraries: [], routes: [])
        for (kind, name) in [
            (Kind.asr, "asr-script"), (.intent, "intent-examples"), (.llm, "llm-templates"), (.tts, "tts-script"),
        ] {
            setup.libraries.append(.init(path: "\(libraries)/lib\(name).so"))
            do throws(FieldError) {
                setup.routes.append(try Route(name: kind.rawValue, kind: kind, steps: [Step(plugin: name)]))
            } catch { throw TrialFailure("\(error)") }
        }
        return setup
    }
}
