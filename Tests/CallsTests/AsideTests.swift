import Core
import JSONKit
import Testing

@testable import Calls

/// What the caller says while the agent speaks.
@Suite struct AsideTests {
    /// The agent is a second into a reply of two sentences, each two seconds long.
    private func speaking() throws -> Rehearsal {
        let call = try Rehearsal()
        call.begin()
        call.say("what does it cost")
        let item = call.reply
        call.take(.replyPiece(item: item, "Well, it costs ten pounds. And that is all of it. "), after: 200)
        call.take(.replyDone(item: item))
        let sentences = call.all.compactMap { if case .speak(let item, _) = $0 { item } else { nil } }.suffix(2)
        call.begin(sentences.first ?? 0)
        call.take(.synthesised(item: sentences.first ?? 0, milliseconds: 2000))
        call.take(.synthesised(item: sentences.last ?? 0, milliseconds: 2000))
        call.take(.turn(.consider(from: 5000), position: 5300), after: 1000)
        return call
    }

    private func hear(_ call: Rehearsal, _ text: String, isFinal: Bool) {
        call.take(.transcript(item: call.utterance, text: text, isFinal: isFinal), after: 100)
    }

    @Test func `a backchannel does not stop the agent, and is told`() throws {
        let call = try speaking()
        hear(call, "mhm", isFinal: false)
        call.take(.turn(.close(at: 5400), position: 5900), after: 400)
        hear(call, "mhm", isFinal: true)
        #expect(!call.all.contains(.silence))
        #expect(call.events(.backchannel).map { $0["text"] } == ["mhm"])
        #expect(call.state == "speaking")
    }

    @Test func `a cough is nothing`() throws {
        let call = try speaking()
        call.take(.turn(.close(at: 5400), position: 5900), after: 400)
        hear(call, "", isFinal: true)
        #expect(!call.all.contains(.silence))
        #expect(call.events(.backchannel).isEmpty)
        #expect(call.turns == 1)
    }

    @Test func `words stop the agent as soon as they are understood`() throws {
        let call = try speaking()
        hear(call, "mhm", isFinal: false)
        #expect(!call.actions.contains(.silence))
        hear(call, "mhm but", isFinal: false)
        // The first guess at a short word is often wrong.
        #expect(!call.actions.contains(.silence))
        call.take(.turn(.pause, position: 5500), after: 500)
        hear(call, "mhm but", isFinal: false)
        #expect(!call.actions.contains(.silence))
        call.take(.turn(.resume(after: 200), position: 5800))
        hear(call, "mhm but when", isFinal: false)
        #expect(call.actions.contains(.silence))
        let told = call.actions.compactMap { if case .bargedIn(let data) = $0 { data["speech_ms"] } else { nil } }
        #expect(told == [1200])
        #expect(call.state == "hearing")
        call.take(.turn(.close(at: 6400), position: 6900), after: 900)
        hear(call, "mhm but when is that", isFinal: true)
        #expect(call.transcript.last == "caller: mhm but when is that" || call.turns == 2)
        #expect(call.events(.transcriptFinal).last?["text"] == "mhm but when is that")
    }

    @Test func `speech that goes on stops the agent without a word understood`() throws {
        let call = try speaking()
        call.take(.turn(.insist, position: 5800), after: 500)
        #expect(call.actions.contains(.silence))
        #expect(call.state == "hearing")
    }

    @Test func `words that are only understood afterwards still stop the agent`() throws {
        let call = try speaking()
        call.take(.turn(.close(at: 5600), position: 6100), after: 600)
        #expect(!call.all.contains(.silence))
        hear(call, "stop it", isFinal: true)
        #expect(call.actions.contains(.silence))
        #expect(call.events(.transcriptFinal).last?["text"] == "stop it")
        #expect(call.turns == 2)
    }

    @Test func `a yes that overlaps the end of the question is an answer`() throws {
        let call = try speaking()
        call.hearAll()
        call.take(.turn(.insist, position: 5900))
        call.take(.turn(.close(at: 6000), position: 6500), after: 600)
        hear(call, "yes", isFinal: true)
        #expect(call.events(.transcriptFinal).last?["text"] == "yes")
        #expect(call.turns == 2)
    }

    @Test func `a yes that ends with the question, and is understood behind it, is an answer too`() throws {
        let call = try speaking()
        call.take(.turn(.close(at: 5600), position: 6100), after: 600)
        call.hearAll()
        hear(call, "yes", isFinal: true)
        #expect(call.events(.transcriptFinal).last?["text"] == "yes")
    }

    // MARK: False interruptions

    @Test func `an interruption of which nothing was understood is taken back: the agent goes on at the word`() throws {
        let call = try speaking()
        call.take(.turn(.insist, position: 5800), after: 100)
        #expect(call.events(.replySpoken).last?["text"] == "Well, it costs")
        call.take(.turn(.close(at: 5900), position: 6400), after: 600)
        hear(call, "", isFinal: true)
        #expect(call.spoken == ["ten pounds.", "And that is all of it."])
        #expect(call.events(.falseInterruption).count == 1)
        #expect(call.turns == 1)
        call.hearAll()
        #expect(call.transcript.last == "agent: Well, it costs ten pounds. And that is all of it.")
        #expect(call.transcript.count(where: { $0.hasPrefix("agent:") }) == 2)
    }

    @Test func `if recognition takes its time the agent goes on without it`() throws {
        let call = try speaking()
        call.take(.turn(.insist, position: 5800), after: 100)
        call.take(.turn(.close(at: 5900), position: 6400), after: 600)
        #expect(call.armed(.falseInterruption) == .milliseconds(2000))
        call.take(.timer(.falseInterruption), after: 2000)
        #expect(call.spoken.first == "ten pounds.")
        hear(call, "too late", isFinal: true)
        #expect(!call.actions.contains(.silence))
    }

    @Test func `a reply that the model had not finished is finished, without the words already said`() throws {
        let call = try Rehearsal()
        call.begin()
        call.say("what does it cost")
        call.take(.replyPiece(item: call.reply, "Well, it costs ten pounds. And"), after: 200)
        call.begin(call.lastSentence)
        call.take(.synthesised(item: call.lastSentence, milliseconds: 2000))
        call.take(.turn(.open(from: 5000, interrupts: true), position: 5800), after: 1000)
        call.take(.turn(.close(at: 5900), position: 6400), after: 600)
        call.take(.transcript(item: call.utterance, text: "", isFinal: true), after: 100)
        let messages = call.prompt?["messages"]?.array ?? []
        #expect(messages.suffix(2).first?["content"] == "Well, it costs ten pounds.")
        call.take(.replyPiece(item: call.reply, "And that is all."), after: 100)
        call.take(.replyDone(item: call.reply))
        call.hearAll()
        #expect(call.transcript.last == "agent: Well, it costs ten pounds. And that is all.")
    }

    @Test func `with understanding the interruption stands`() throws {
        let call = try speaking()
        call.take(.turn(.insist, position: 5800), after: 100)
        call.take(.turn(.close(at: 6900), position: 7400), after: 1600)
        hear(call, "wait a moment", isFinal: true)
        #expect(call.armed(.falseInterruption) == nil)
        #expect(call.events(.falseInterruption).isEmpty)
        #expect(call.turns == 2)
    }
}
