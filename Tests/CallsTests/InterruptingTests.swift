import Core
import JSONKit
import Testing

@testable import Calls

/// The caller speaks, the world fails or the line goes, at every moment of a turn.
@Suite struct InterruptingTests {
    /// Where a call can be.
    enum At: CaseIterable {
        case greetingAsked, greeting, listening, hearing, recognising, understanding, asked, firstToken, synthesising
        case speaking, secondSentence, replied, silencePrompt
    }

    private func call(at moment: At, records: Bool = false) throws -> Rehearsal {
        let call = try Rehearsal(records: records)
        call.take(.connected)
        if moment == .greetingAsked { return call }
        call.begin(call.lastSentence)
        if moment == .greeting { return call }
        call.hearAll()
        if moment == .listening { return call }
        if moment == .silencePrompt {
            call.take(.timer(.silence))
            call.begin(call.lastSentence)
            return call
        }
        call.open()
        if moment == .hearing { return call }
        call.close()
        if moment == .recognising { return call }
        call.transcribe("what does it cost")
        if moment == .understanding { return call }
        call.label("ask")
        call.take(.passages(item: call.question, []))
        if moment == .asked { return call }
        call.take(.replyPiece(item: call.reply, "Well, it"))
        if moment == .firstToken { return call }
        call.take(.replyPiece(item: call.reply, " costs ten pounds. And that"))
        if moment == .synthesising { return call }
        call.begin(call.lastSentence)
        if moment == .speaking { return call }
        call.take(.replyPiece(item: call.reply, " is all. "))
        if moment == .secondSentence { return call }
        call.take(.replyDone(item: call.reply))
        return call
    }

    private func hasBegun(_ moment: At) -> Bool {
        [.greeting, .speaking, .secondSentence, .replied, .silencePrompt].contains(moment)
    }

    @Test(arguments: At.allCases)
    func `whenever the caller speaks, the agent is silent and the words get an answer`(_ moment: At) throws {
        guard moment != .hearing else { return }
        let call = try call(at: moment)
        let reply = call.reply
        call.take(.turn(.open(from: 5000, interrupts: hasBegun(moment)), position: 5300), after: 500)
        #expect(call.events(.bargeIn).isEmpty)
        let interrupted = call.actions.contains { if case .bargedIn = $0 { true } else { false } }
        #expect(interrupted == hasBegun(moment))
        #expect(
            call.actions.contains(.silence) == (hasBegun(moment) || [.greetingAsked, .synthesising].contains(moment))
        )
        let wasThinking: [At] = [.asked, .firstToken, .synthesising, .speaking, .secondSentence]
        #expect(call.actions.contains(.cancelReply(item: reply)) == wasThinking.contains(moment))
        #expect(call.activity != .speaking)
        #expect(call.armed(.silence) == nil)
        #expect(call.state == "hearing")
        call.close()
        if moment == .recognising {
            call.take(.transcript(item: call.utterance - 1, text: "one", isFinal: true))
        }
        call.transcribe("and then")
        #expect(call.question > 0)
        call.label("ask")
        call.take(.passages(item: call.question, []))
        call.answer("Like this.")
        call.hearAll()
        #expect(call.state == "listening")
        #expect(call.transcript.last == "agent: Like this.")
        let said = call.transcript.filter { $0.hasPrefix("caller") }.joined(separator: " ")
        #expect(said.contains("and then"))
        if ![.greetingAsked, .greeting, .listening, .silencePrompt, .recognising].contains(moment) {
            #expect(said.contains("what does it cost"))
        }
    }

    @Test(arguments: At.allCases)
    func `whenever the line goes, the call ends once and everything is closed`(_ moment: At) throws {
        for records in [false, true] {
            let call = try call(at: moment, records: records)
            call.take(.lineClosed(reason: "the caller hung up"))
            #expect(call.actions.contains(.closeLine(reason: "the caller hung up")))
            #expect(call.isOver == !records)
            if records {
                #expect(call.actions.contains(.storeRecording))
                call.take(.recordingStored(["url": "file:x"]))
                #expect(call.events(.recordingFinished) == [["url": "file:x"]])
                #expect(call.events(.callEnded).first?["recording"]?["url"] == "file:x")
            }
            #expect(call.isOver)
            #expect(call.actions.last == .finish)
            #expect(call.events(.callEnded).count == 1)
            #expect(call.events(.dispositionSet).first?["disposition"] == "left_early")
            for timer in CallTimer.allCases { #expect(call.armed(timer) == nil) }
            #expect(call.take(.lineClosed(reason: "again")).isEmpty)
            #expect(call.take(.replyPiece(item: call.reply, "late ")).isEmpty)
        }
    }

    @Test(arguments: At.allCases)
    func `an operator can end the call at any moment`(_ moment: At) throws {
        let call = try call(at: moment)
        call.take(.hangup(reason: "enough"))
        #expect(call.isOver)
        #expect(call.events(.dispositionSet) == [["disposition": "operator_hangup", "reason": "enough"]])
    }

    @Test(arguments: At.allCases)
    func `without a voice the call ends at any moment`(_ moment: At) throws {
        let call = try call(at: moment)
        call.take(.synthesisFailed)
        #expect(call.isOver)
        #expect(call.events(.dispositionSet).first?["disposition"] == "technical_failure")
    }

    @Test(arguments: At.allCases)
    func `failing recognition is apologised for where it was needed, and only there`(_ moment: At) throws {
        let call = try call(at: moment)
        call.take(.recognitionFailed)
        let needed = moment == .hearing || moment == .recognising
        #expect(call.spoken.isEmpty == !needed)
        guard needed else { return }
        #expect(call.spoken == ["Sorry, I have trouble hearing you at the moment. Please try again."])
        call.hearAll()
        #expect(call.state == "listening")
        #expect(call.turns == 0)
    }

    @Test func `recognition that fails three times in a row ends the call`() throws {
        let call = try call(at: .listening)
        for _ in 1...3 {
            call.open()
            call.take(.recognitionFailed)
            call.hearAll()
        }
        #expect(call.isOver)
        #expect(call.events(.dispositionSet).first?["disposition"] == "technical_failure")
    }

    @Test func `only what was heard of an interrupted reply was said`() throws {
        let call = try call(at: .replied)
        let sentences = call.all.compactMap { if case .speak(let item, _) = $0 { item } else { nil } }
        let first = try #require(sentences.count > 1 ? sentences[1] : nil)
        call.take(.synthesised(item: first, milliseconds: 1000))
        call.take(.heard(item: first), after: 1000)
        let second = call.lastSentence
        call.take(.synthesised(item: second, milliseconds: 800))
        call.take(.playing(item: second))
        call.take(.turn(.open(from: 5000, interrupts: true), position: 5300), after: 500)
        // Three of "And that is all." in 500 of 800 ms: the full stop is a pause of its own.
        #expect(call.transcript.last == "agent: Well, it costs ten pounds. And that is")
        #expect(call.events(.replySpoken).last?["interrupted"] == true)
        #expect(call.events(.turnCompleted).last?["interrupted"] == true)
        call.close()
        call.transcribe("wait")
        call.label("ask")
        call.take(.passages(item: call.question, []))
        let messages = call.prompt?["messages"]?.array ?? []
        #expect(messages.dropLast().last?["content"] == "Well, it costs ten pounds. And that is")
    }

    @Test func `nothing heard is nothing said`() throws {
        let call = try call(at: .speaking)
        call.take(.turn(.open(from: 5000, interrupts: true), position: 5300), after: 10)
        #expect(call.transcript.last == "caller: what does it cost")
        #expect(call.events(.replySpoken).last?["text"] == "")
    }

    // MARK: The model

    @Test func `a model that fails before its first word leaves the stage's words`() throws {
        let call = try call(at: .asked)
        call.take(.replyFailed(item: call.reply))
        #expect(call.spoken == ["I do not know."])
        call.hearAll()
        #expect(call.state == "listening")
    }

    @Test func `a model that fails after a sentence leaves that sentence`() throws {
        let call = try call(at: .speaking)
        call.take(.replyFailed(item: call.reply))
        #expect(call.spoken.isEmpty)
        call.hearAll()
        #expect(call.transcript.last == "agent: Well, it costs ten pounds.")
    }

    @Test func `a model that says nothing is answered for`() throws {
        let call = try call(at: .asked)
        call.take(.replyDone(item: call.reply))
        #expect(call.spoken == ["I do not know."])
    }

    @Test func `the next model is told what was said, and what it repeats is left out`() throws {
        let call = try call(at: .speaking)
        let old = call.reply
        call.take(.replyRestarted(item: old))
        #expect(call.actions.contains(.cancelReply(item: old)))
        #expect(call.reply != old)
        let messages = call.prompt?["messages"]?.array ?? []
        #expect(messages.contains(["role": "assistant", "content": "Well, it costs ten pounds."]))
        call.take(.replyPiece(item: call.reply, "Well, it costs ten pounds. Cash only. "))
        #expect(call.spoken == ["Cash only."])
        call.take(.replyDone(item: call.reply))
        call.hearAll()
        #expect(call.transcript.last == "agent: Well, it costs ten pounds. Cash only.")
    }

    @Test func `a model may end the call, after its words were heard`() throws {
        let call = try call(at: .asked)
        call.take(.toolCalls(item: call.reply, [["id": "1", "name": "end_call", "arguments": [:]]]))
        call.take(.replyPiece(item: call.reply, "Farewell. "))
        call.take(.replyDone(item: call.reply))
        #expect(!call.isOver)
        call.begin(call.lastSentence)
        #expect(!call.listens)
        call.hearAll()
        #expect(call.isOver)
        #expect(call.events(.toolCalled).first?["name"] == "end_call")
        #expect(call.events(.dispositionSet).first?["disposition"] == "left_early")
    }

    @Test func `a tool that the stage does not have is not used`() throws {
        let call = try Rehearsal { $0["start"] = "booking" }
        call.begin()
        call.say("hello")
        call.take(.toolCalls(item: call.reply, [["name": "end_call"]]))
        #expect(call.events(.toolCalled).map { $0["ok"] } == [false])
        call.take(.replyDone(item: call.reply))
        // The model is told so, and speaks instead.
        let answer = call.prompt?["messages"]?.array?.last
        #expect(answer?["content"]?.string?.contains("no tool called end_call") == true)
        call.answer("As you like.")
        call.hearAll()
        #expect(!call.isOver)
    }

    // MARK: The end

    @Test func `a recording that is never stored does not keep the call open`() throws {
        let call = try call(at: .listening, records: true)
        call.take(.hangup(reason: "enough"))
        #expect(call.armed(.recording) == .seconds(15))
        call.take(.timer(.recording))
        #expect(call.isOver)
        #expect(call.events(.recordingFinished).isEmpty)
    }

    @Test func `where a recording is that came too late for the call is told all the same, once`() throws {
        let call = try call(at: .listening, records: true)
        call.take(.hangup(reason: "enough"))
        call.take(.timer(.recording))
        for _ in 0..<2 { call.take(.recordingStored(["url": "file:x", "uploaded": false])) }
        #expect(call.events(.recordingFinished) == [["url": "file:x", "uploaded": false]])
        #expect(call.events(.callEnded).count == 1)
    }

    @Test func `a line that closes during the last words changes nothing of the outcome`() throws {
        let call = try call(at: .listening)
        call.say("bye", intent: "bye")
        call.begin(call.lastSentence)
        call.take(.lineClosed(reason: "the caller hung up"))
        #expect(call.events(.dispositionSet).first?["disposition"] == "booked")
    }

    @Test func `a call whose line goes before it began leaves no trace`() throws {
        let call = try Rehearsal()
        call.take(.lineClosed(reason: "gone"))
        #expect(call.isOver)
        #expect(call.topics.isEmpty)
    }
}
