import Testing

@testable import Calls

@Suite struct EndpointingTests {
    private let completeness = Completeness(
        language: "en-US",
        examples: ["I would like to book a repair", "Wann haben Sie auf?"]
    )

    @Test(arguments: [
        "yes", "Yes, please.", "no thank you", "i would like to book a repair", "What does it cost?", "That is all.",
        "Thank you, goodbye", "okay", "hello",
    ])
    func `these read complete`(text: String) { #expect(completeness.judge(text) == .complete) }

    @Test(arguments: [
        "I would like to", "my name is", "I need it on Thursday because", "the", "can you tell me how much", "well um",
        "I would like", "on Thursday,", "is it open in the morning or",
    ])
    func `these read unfinished`(text: String) { #expect(completeness.judge(text) != .complete, "\(text)") }

    @Test(arguments: ["I would like to", "my name is", "the", "well um", "on Thursday,", "it is for my"])
    func `and these make the agent wait longer`(text: String) { #expect(completeness.judge(text) == .unfinished) }

    @Test(arguments: ["", "on Thursday morning", "a full service", "John Smith"])
    func `of these nobody can tell`(text: String) { #expect(completeness.judge(text) == .open) }

    @Test func `another language has its own words, an unknown one its punctuation`() {
        let german = Completeness(language: "de-DE", examples: [])
        #expect(german.judge("ja, genau") == .open || german.judge("ja genau") == .complete)
        #expect(german.judge("ich hätte gern einen Termin und") == .unfinished)
        let unknown = Completeness(language: "fi-FI", examples: [])
        #expect(unknown.judge("ja") == .open)
        #expect(unknown.judge("Paljonko se maksaa?") == .complete)
    }

    private func endpointing(_ mode: TurnTaking.EndpointingMode) -> Endpointing {
        var settings = TurnTaking()
        settings.endpointingMode = mode
        return Endpointing(settings, completeness)
    }

    @Test func `what reads complete needs less silence, what reads unfinished more`() {
        let fixed = endpointing(.fixed)
        #expect(fixed.silence(after: "yes please") == 300)
        #expect(fixed.silence(after: "on Thursday morning") == 500)
        #expect(fixed.silence(after: "I would like to") == 1000)
    }

    @Test func `a caller who pauses long is given time, one who does not is answered sooner`() {
        var slow = endpointing(.dynamic)
        for _ in 0..<30 { slow.learn(420) }
        #expect((780...860).contains(slow.silence(after: "on Thursday morning")))
        var quick = endpointing(.dynamic)
        for _ in 0..<30 { quick.learn(170) }
        #expect((330...400).contains(quick.silence(after: "on Thursday morning")))
        var fixed = endpointing(.fixed)
        for _ in 0..<30 { fixed.learn(420) }
        #expect(fixed.silence(after: "on Thursday morning") == 500)
    }

    @Test func `having cut the caller off once is remembered`() {
        var endpointing = endpointing(.dynamic)
        let before = endpointing.silence(after: "John Smith")
        endpointing.learn(700, wasCutOff: true)
        #expect(endpointing.silence(after: "John Smith") >= before + 300)
    }

    @Test(arguments: ["mhm", "Okay.", "yeah", "right, okay", "uh huh", "", "I see", "Yeah yeah."])
    func `these are no interruption`(text: String) {
        #expect(Backchannels(language: "en-GB", own: nil).contains(text))
    }

    @Test(arguments: ["stop", "okay but when", "no wait", "yes I would like that", "what"])
    func `these are`(text: String) { #expect(!Backchannels(language: "en-GB", own: nil).contains(text)) }
}
