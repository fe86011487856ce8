import Core
import JSONKit

@testable import Calls

/// A call machine with somebody who plays the rest of the world, and a clock that is told the time.
final class Rehearsal {
    private var machine: CallMachine
    private(set) var now = Moment(microseconds: 1_000_000)
    private(set) var actions: [CallAction] = []
    private(set) var all: [CallAction] = []

    static let document: JSON = [
        "name": "desk", "greeting": "Hello.", "recording": false, "collections": ["handbook"],
        "intents": [
            ["name": "book", "examples": ["I want to book"]], ["name": "ask", "examples": ["what does it cost"]],
            ["name": "bye", "examples": ["goodbye"]],
        ],
        "tools": [["name": "end_call"]],
        "stages": [
            [
                "name": "intro", "tools": ["end_call"], "disposition": "left_early",
                "templates": ["no_answer": "I do not know."],
                "transitions": [
                    ["on": ["intent": "book"], "min_confidence": 0.6, "to": "booking"],
                    ["on": ["intent": "bye"], "to": "end", "say": "Goodbye then."],
                    ["on": ["digit": "5"], "to": "booking", "say": "You pressed five."],
                ],
            ],
            [
                "name": "booking", "retrieve": true,
                "transitions": [
                    ["on": ["intent": "bye"], "to": "end"], ["on": ["silences": 2], "to": "end"],
                    ["on": ["after_s": 60], "to": "end"],
                ],
            ],
            ["name": "end", "final": "booked", "templates": ["no_answer": "Goodbye."]],
        ],
    ]

    init(
        _ change: (inout JSONObject) -> Void = { _ in },
        records: Bool = false,
        direction: CallDetails.Direction = .inbound,
        answeredBy: String = "",
        order: CallOrder? = nil,
        answeredAt: Moment? = nil
    ) throws {
        var object = Self.document.object ?? [:]
        change(&object)
        let agent = try AgentDocument(.object(object))
        let details = CallDetails(
            agent: agent,
            from: "+1",
            to: "+2",
            direction: direction,
            answeredBy: answeredBy,
            order: order,
            answeredAt: answeredAt
        )
        machine = CallMachine(details, records: records)
    }

    /// Gives the machine an input after some milliseconds.
    @discardableResult
    func take(_ input: CallInput, after milliseconds: Int64 = 0) -> [CallAction] {
        now = now + .milliseconds(milliseconds)
        actions = machine.handle(input, at: now)
        all += actions
        return actions
    }

    func performed(after milliseconds: Int64) {
        now = now + .milliseconds(milliseconds)
        machine.performed(at: now)
    }

    // MARK: Looking

    var state: String { machine.stateName }
    var stage: String { machine.stage.name }
    var turns: Int { machine.turns }
    var listens: Bool { machine.listens }
    var activity: TurnMachine.Agent { machine.activity }
    var transcript: [String] { machine.conversation.lines.map { "\($0.speaker.rawValue): \($0.text)" } }
    var isOver: Bool { machine.phase == .over }

    func events(_ topic: Topic) -> [JSON] {
        all.compactMap { if case .record(topic, let data) = $0 { data } else { nil } }
    }
    var topics: [Topic] { all.compactMap { if case .record(let topic, _) = $0 { topic } else { nil } } }
    /// The sentences given to synthesis by the last input.
    var spoken: [String] { actions.compactMap { if case .speak(_, let text) = $0 { text } else { nil } } }
    var lastSentence: UInt64 { all.compactMap { if case .speak(let item, _) = $0 { item } else { nil } }.last ?? 0 }
    var utterance: UInt64 { all.compactMap { if case .listen(let item, _) = $0 { item } else { nil } }.last ?? 0 }
    var question: UInt64 { all.compactMap { if case .classify(let item, _) = $0 { item } else { nil } }.last ?? 0 }
    var reply: UInt64 { all.compactMap { if case .ask(let item, _) = $0 { item } else { nil } }.last ?? 0 }
    var prompt: JSON? { all.compactMap { if case .ask(_, let prompt) = $0 { prompt } else { nil } }.last }
    func armed(_ timer: CallTimer) -> Duration? {
        var result: Duration?
        for action in all {
            if case .arm(timer, let delay) = action { result = delay }
            if case .disarm(timer) = action { result = nil }
        }
        return result
    }

    // MARK: Playing

    /// The line plays and acknowledges everything that is being said.
    func hearAll() {
        for sentence in machine.speech.sentences where !sentence.isHeard { play(sentence.item) }
    }

    func play(_ item: UInt64, for milliseconds: Int64 = 1000) {
        begin(item)
        take(.synthesised(item: item, milliseconds: Int(milliseconds)))
        take(.sent(item: item))
        take(.heard(item: item), after: milliseconds)
    }

    func begin(_ item: UInt64) {
        take(.synthesisStarted(item: item), after: 10)
        take(.playing(item: item), after: 1)
        take(.audible(item: item, online: now + .milliseconds(15), at: now + .milliseconds(40)))
    }

    /// Connected, greeted, listening.
    func begin() {
        take(.connected)
        hearAll()
    }

    func open(interrupts: Bool = false) {
        take(.turn(.open(from: 1000, interrupts: interrupts), position: 1300))
    }

    func close() { take(.turn(.close(at: 2000), position: 2500), after: 1000) }

    func transcribe(_ text: String) { take(.transcript(item: utterance, text: text, isFinal: true), after: 100) }

    /// The caller says something from beginning to end, and it is understood.
    func say(_ text: String, intent: String = "ask", confidence: Double = 0.9) {
        open()
        close()
        transcribe(text)
        label(intent, confidence)
        take(.passages(item: question, []), after: 1)
    }

    func label(_ intent: String, _ confidence: Double = 0.9) {
        take(.labels(item: question, [.init(name: intent, confidence: confidence)]), after: 20)
    }

    func answer(_ text: String) {
        let item = reply
        take(.replyPiece(item: item, text), after: 200)
        take(.replyDone(item: item), after: 10)
    }
}
