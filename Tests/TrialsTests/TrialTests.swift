import JSONKit
import Testing

@testable import Trials

@Suite struct TrialTests {
    @Test func `a conversation that goes as it is written passes, in a moment and the same each time`() async throws {
        let script: JSON = [
            "name": "books",
            "steps": [
                ["expect": ["said": "hello THERE", "stage": "intro", "ended": false]],
                ["caller": "I want to book a table"],
                [
                    "expect": [
                        "intent": "book", "stage": "booking", "said": ["Gladly", "/^Gl.*When\\?$/"], "within_ms": 1200,
                    ]
                ],
                ["silence_s": 30],
                ["caller": "goodbye"],
            ],
            "expect": [
                "disposition": "booked", "ended": true, "stages": ["intro", "booking", "end"], "never_said": "sorry",
                "said": "Are you still there?",
            ],
        ]
        let first = try await Stage.play(script)
        #expect(first.failures.map(\.path) == [])
        #expect(first.seconds > 30)
        let second = try await Stage.play(script)
        #expect(first.transcript == second.transcript)
        #expect(first.seconds == second.seconds)
    }

    @Test(
        arguments: [
            (["stage": "booking"], "stage"), (["intent": "book"], "intent"), (["said": "Gladly"], "said"),
            (["said": "/^there/"], "said"), (["never_said": "hello there"], "never_said"), (["ended": true], "ended"),
            (["slots": ["day": "2026-12-01"]], "slots.day"), (["tools": [["name": "end_call"]]], "tools"),
            (["within_ms": 500], "within_ms"), (["disposition": "booked"], "disposition"),
            (["interrupted": true], "interrupted"), (["stages": ["intro", "booking"]], "stages"),
        ] as [(JSON, String)]
    )
    func `an expectation that is not met is told with its place`(expectation: JSON, member: String) async throws {
        let result = try await Stage.play(["name": "fails", "steps": [["expect": expectation]]])
        #expect(result.failures.map(\.path) == ["tests[0].steps[0].expect.\(member)"])
    }

    @Test func `the report shows what was said before the expectation that failed`() async throws {
        let report = try await Stage.report(
            ["name": "goes wrong", "steps": [["caller": "nonsense"], ["expect": ["stage": "booking"]]]]
        )
        let text = report.text()
        #expect(!report.hasPassed)
        #expect(text.contains("FAILED  goes wrong"))
        #expect(text.contains("expected  \"booking\""))
        #expect(text.contains("agent     Hello there."))
        #expect(text.contains("caller    nonsense"))
        #expect(report.json["tests"]?[0]?["failures"]?[0]?["found"] == "\"intro\"")
    }

    // MARK: Callers

    @Test func `a caller who cuts in stops the agent; one who only listens does not`() async throws {
        let result = try await Stage.play(
            [
                "name": "cuts in",
                "steps": [
                    ["caller": "tell me more"], ["caller": "I want to book", "interrupt_after_ms": 200],
                    ["expect": ["interrupted": true, "stage": "booking"]], ["caller": "I want to book"],
                    ["caller": "mhm", "interrupt_after_ms": 100], ["expect": ["interrupted": false]],
                ],
            ]
        )
        #expect(result.failures.map(\.path) == [])
    }

    @Test func `keys reach the agent`() async throws {
        let result = try await Stage.play(
            [
                "name": "keys",
                "steps": [["digits": "5"], ["expect": ["stage": "booking", "said": "You pressed five."]]],
            ]
        )
        #expect(result.failures.map(\.path) == [])
    }

    @Test func `a caller who hangs up ends the call, and what the script has left is told`() async throws {
        let result = try await Stage.play(
            [
                "name": "goes", "steps": [["hang_up": true], ["caller": "anybody there?"]],
                "expect": ["disposition": "left_early"],
            ]
        )
        #expect(result.failures.map(\.path) == ["tests[0].steps[1]"])
    }

    @Test(arguments: ["asr", "intent", "llm", "tts"])
    func `a provider fails when the script says so`(kind: String) async throws {
        let result = try await Stage.play(
            [
                "name": "fails",
                "steps": [["expect": ["said": "hello"]], ["fail": .string(kind)], ["caller": "I want to book"]],
            ]
        )
        #expect(result.transcript.contains { $0["text"]?.string?.hasSuffix(" fails") == true })
        // What it leads to depends on the kind; that it does not go as if nothing had happened does not.
        let fine = try await Stage.play(
            ["name": "fine", "steps": [["expect": ["said": "hello"]], ["caller": "I want to book"]]]
        )
        let words = { (result: TrialResult) in
            result.transcript.filter { ["agent", "intent", "heard"].contains($0["who"]?.string) }.map { $0["text"] }
        }
        #expect(words(result) != words(fine))
    }

    // MARK: Tools

    private static let flow: JSON = [
        "name": "flow", "greeting": "Hello there.",
        "intents": [["name": "book", "examples": ["I want to book"]]],
        "slots": [
            ["name": "day", "type": "date", "ask": "Which day?"], ["name": "time", "type": "time"],
            ["name": "sure", "type": "boolean", "ask": "Shall I book {day} at {time}?"],
        ],
        "tools": [
            [
                "name": "free", "http": ["url": "http://127.0.0.1:9/{day}"], "results": ["time": "time"],
                "parameters": ["type": "object", "properties": ["day": ["type": "string"]]], "timeout_ms": 5000,
                "filler": "One moment.", "filler_after_ms": 500,
            ]
        ],
        "stages": [
            ["name": "intro", "transitions": [["on": ["intent": "book"], "to": "day"]]],
            [
                "name": "day", "slots": ["day"],
                "transitions": [
                    [
                        "on": ["slots": "filled"], "to": "look",
                        "do": [["tool": "free", "arguments": ["day": "{day}"]]],
                    ]
                ],
            ],
            [
                "name": "look",
                "transitions": [
                    ["on": ["tool": "free"], "to": "sure"],
                    ["on": ["tool": "free", "result": "failed"], "to": "person"],
                ],
            ],
            [
                "name": "sure", "slots": ["sure"],
                "transitions": [["on": ["slot": "sure", "is": true], "to": "end"]],
            ],
            ["name": "person", "enter": [["transfer": "+15005550100"]], "templates": ["default": "I connect you."]],
            ["name": "end", "final": "booked", "templates": ["default": "See you on {day}."]],
        ],
    ]

    @Test func `tools answer as the script says, in its time, and days count from its calendar`() async throws {
        let result = try await Stage.play(
            [
                "name": "books", "tools": ["free": ["result": ["time": "10:30"], "after_ms": 2000]],
                "steps": [
                    ["caller": "I want to book for tomorrow"],
                    [
                        "expect": [
                            "said": ["One moment.", "Tuesday the 24th of November at 10:30"],
                            "never_said": "Which day?",
                            "slots": ["day": "2026-11-24", "time": "10:30", "sure": nil],
                            "tools": [["name": "free", "arguments": ["day": "2026-11-24"]]],
                        ]
                    ], ["caller": "yes"],
                ],
                "expect": ["disposition": "booked", "said": "See you on Tuesday the 24th of November."],
            ],
            with: Self.flow
        )
        #expect(result.failures.map(\.path) == [])
    }

    @Test func `a tool that fails, or has no answer in the script, is a failed tool`() async throws {
        for tools: JSON in [["free": ["error": "503"]], [:]] {
            let result = try await Stage.play(
                [
                    "name": "fails", "tools": tools, "steps": [["caller": "I want to book for tomorrow"]],
                    "expect": ["disposition": "transferred", "transferred": "+15005550100", "never_said": "Shall I"],
                ],
                with: Self.flow
            )
            #expect(result.failures.map(\.path) == [])
        }
    }

    @Test func `another agent goes on with what was learned`() async throws {
        var agent = Self.flow.object ?? [:]
        var stages = agent["stages"]?.array ?? []
        stages[2] = ["name": "look", "enter": [["say": "One moment."], ["handover": "billing"]]]
        (agent["stages"], agent["tools"]) = (.array(Array(stages.prefix(3))), [])
        stages[1] = [
            "name": "day", "slots": ["day"], "transitions": [["on": ["slots": "filled"], "to": "look"]],
        ]
        agent["stages"] = .array(Array(stages.prefix(3)))
        let result = try await Stage.play(
            [
                "name": "goes on",
                "steps": [
                    ["caller": "I want to book for tomorrow"],
                    [
                        "expect": [
                            "stage": "bills", "said": "Billing here, on Tuesday the 24th of November.",
                            "slots": ["day": "2026-11-24"],
                        ]
                    ],
                ],
                "expect": ["disposition": "billed"],
            ],
            with: .object(agent)
        )
        #expect(result.failures.map(\.path) == [])
    }

    // MARK: Files

    @Test(
        arguments: [
            (["steps": [["caller": "x"]]], "tests[0].name"), (["name": "a", "steps": []], "tests[0].steps"),
            (["name": "a", "steps": [["caler": "x"]]], "tests[0].steps[0]"),
            (["name": "a", "steps": [["caller": "x", "digits": "1"]]], "tests[0].steps[0]"),
            (["name": "a", "steps": [["digits": "x"]]], "tests[0].steps[0].digits"),
            (["name": "a", "steps": [["fail": "crm"]]], "tests[0].steps[0].fail"),
            (["name": "a", "steps": [["silence_s": 1, "interrupt_after_ms": 1]]], "steps[0].interrupt_after_ms"),
            (["name": "a", "steps": [["expect": ["said": "/(/"]]]], "tests[0].steps[0].expect.said"),
            (["name": "a", "steps": [["expect": ["stag": "x"]]]], "did you mean stage?"),
            (["name": "a", "steps": [["expect": [:]]]], "tests[0].steps[0].expect"),
            (["name": "a", "steps": [["audio": "nowhere.wav"]]], "nowhere.wav"),
            (["name": "a", "steps": [["digits": "1"]], "tools": ["x": ["result": 1]]], "tests[0].tools.x"),
            (["name": "a", "steps": [["digits": "1"]], "tools": ["x": ["after_ms": 1]]], "tests[0].tools.x"),
        ] as [(JSON, String)]
    )
    func `a script with a mistake is refused with its place`(script: JSON, place: String) async throws {
        let failure = await #expect(throws: TrialFailure.self) { try await Stage.play(script) }
        #expect(failure?.description.contains(place) == true, "\(failure?.description ?? "")")
    }
}
