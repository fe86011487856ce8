import Media
import Testing

@Suite struct EndpointerTests {
    /// Runs a drawing of frames ("#" loud, "." quiet, 20 ms each) and lists what came out with the frame it came at.
    private func run(_ drawing: String, _ configuration: Endpointer.Configuration) -> [String] {
        var endpointer = Endpointer(configuration)
        return feed(drawing, &endpointer, from: 0)
    }

    private func feed(_ drawing: String, _ endpointer: inout Endpointer, from start: Int) -> [String] {
        var seen: [String] = []
        for (index, mark) in drawing.enumerated() {
            let position = start + index * 20
            for event in endpointer.hear(mark == "#", at: position) { seen.append("\(position) \(event)") }
        }
        return seen
    }

    private let short = Endpointer.Configuration(minSpeech: 60, silence: 100, lookBack: 40)

    @Test func `speech is started at once, confirmed after its minimum and ended after the silence`() {
        #expect(
            run(".....#####.......", short) == [
                "100 speechStarted(at: 60)", "140 speechConfirmed(at: 60)", "280 speechEnded(at: 200)",
            ]
        )
    }

    @Test func `a cough is abandoned`() {
        #expect(run("...#......", short) == ["60 speechStarted(at: 20)", "140 speechAbandoned(at: 140)"])
    }

    @Test func `a pause between syllables neither abandons nor ends`() {
        #expect(
            run("#.#.#.##....##.....", short) == [
                "0 speechStarted(at: 0)", "80 speechConfirmed(at: 0)", "360 speechEnded(at: 280)",
            ]
        )
    }

    @Test func `a click in the silence does not prolong the turn`() {
        #expect(run("####..#..", short).last == "160 speechEnded(at: 80)")
    }

    @Test func `look-back does not reach into the utterance before`() {
        let events = run("####.....#####", short)
        #expect(events[2] == "160 speechEnded(at: 80)")
        #expect(events[3] == "180 speechStarted(at: 140)")
        let far = Endpointer.Configuration(minSpeech: 60, silence: 100, lookBack: 500)
        #expect(run("####.....#####", far)[3] == "180 speechStarted(at: 80)")
    }

    @Test func `a room that never falls silent ends after the longest utterance`() {
        var configuration = short
        configuration.longest = 1000
        let events = run(String(repeating: "#", count: 120), configuration)
        #expect(events.filter { $0.contains("Ended") }.count == 2)
        #expect(events[2] == "980 speechEnded(at: 1000)")
    }

    @Test func `missing frames are silence`() {
        var endpointer = Endpointer(short)
        #expect(feed("#####", &endpointer, from: 0).count == 2)
        #expect(feed("##", &endpointer, from: 300).first == "300 speechEnded(at: 100)")
        var uncertain = Endpointer(short)
        #expect(feed("#", &uncertain, from: 0).count == 1)
        #expect(feed("#", &uncertain, from: 300) == ["300 speechAbandoned(at: 300)"])
    }

    @Test func `a reset forgets what was begun and bounds the look-back`() {
        var endpointer = Endpointer(short)
        _ = feed("#####", &endpointer, from: 0)
        #expect(endpointer.isSpeaking)
        endpointer.reset(at: 100)
        #expect(!endpointer.isSpeaking)
        #expect(feed("...........", &endpointer, from: 100) == [])
        endpointer.reset(at: 330)
        #expect(feed("#", &endpointer, from: 340) == ["340 speechStarted(at: 330)"])
    }

    @Test func `a minimum of one frame confirms at once`() {
        let eager = Endpointer.Configuration(minSpeech: 20, silence: 100, lookBack: 0)
        #expect(run("#", eager) == ["0 speechStarted(at: 0)", "0 speechConfirmed(at: 0)"])
    }

    @Test func `a pause within speech is told, and how long it was`() {
        var endpointer = Endpointer(.init(minSpeech: 80, silence: 500))
        var events: [Endpointer.Event] = []
        let frames =
            Array(repeating: true, count: 10) + Array(repeating: false, count: 12) + Array(repeating: true, count: 5)
        for (index, isSpeech) in frames.enumerated() { events += endpointer.hear(isSpeech, at: index * 20) }
        #expect(events.suffix(2) == [.speechPaused(at: 200), .speechResumed(after: 240)])
    }

    @Test func `the silence that ends speech may be changed while it runs`() {
        var endpointer = Endpointer(.init(minSpeech: 80, silence: 500))
        for index in 0..<10 { _ = endpointer.hear(true, at: index * 20) }
        for index in 10..<25 { #expect(!endpointer.hear(false, at: index * 20).contains(.speechEnded(at: 200))) }
        endpointer.silence = 300
        #expect(endpointer.hear(false, at: 25 * 20) == [.speechEnded(at: 200)])
    }
}
