import Core
import JSONKit
import Testing

@testable import Calls

/// The reply is begun while the caller's last silence still runs.
@Suite struct PreparingTests {
    /// The caller has said this and pauses; recognition has understood as much so far.
    private func pausing(_ text: String, _ change: (inout JSONObject) -> Void = { _ in }) throws -> Rehearsal {
        let call = try Rehearsal(change)
        call.begin()
        call.open()
        call.take(.transcript(item: call.utterance, text: text, isFinal: false), after: 800)
        call.take(.turn(.pause, position: 2200), after: 100)
        return call
    }

    private func understand(_ call: Rehearsal, _ intent: String) {
        call.label(intent)
        call.take(.passages(item: call.question, []))
    }

    private func confirm(_ call: Rehearsal, _ text: String) {
        call.close()
        call.transcribe(text)
    }

    @Test func `intent and model are asked during the pause, and nothing is said or told before the words are certain`()
        throws
    {
        let call = try pausing("what does it cost")
        #expect(call.question != 0)
        understand(call, "ask")
        #expect(call.prompt?["messages"]?.array?.last?["content"] == "what does it cost")
        call.take(.replyPiece(item: call.reply, "It costs ten pounds. And"), after: 50)
        #expect(call.spoken.isEmpty)
        #expect(call.events(.intentLabelled).isEmpty)
        #expect(call.events(.transcriptFinal).isEmpty)
        confirm(call, "What does it cost?")
        #expect(call.spoken == ["It costs ten pounds."])
        #expect(call.events(.intentLabelled).count == 1)
        let asked = call.all.filter { if case .ask = $0 { true } else { false } }.count
        #expect(asked == 1)
        call.take(.replyPiece(item: call.reply, " that is all."))
        call.take(.replyDone(item: call.reply))
        call.hearAll()
        #expect(
            call.transcript.suffix(2) == ["caller: What does it cost?", "agent: It costs ten pounds. And that is all."]
        )
        let prepared = try #require(call.events(.turnCompleted).last?["prepared_ms"]?.double)
        #expect(prepared >= 1000)
    }

    @Test func `a reply that is complete in advance is spoken at once`() throws {
        let call = try pausing("what does it cost")
        understand(call, "ask")
        call.take(.replyPiece(item: call.reply, "Ten pounds."))
        call.take(.replyDone(item: call.reply))
        confirm(call, "what does it cost")
        #expect(call.spoken == ["Ten pounds."])
        call.hearAll()
        #expect(call.state == "listening")
    }

    @Test func `a caller who goes on costs a cancelled request and nothing else`() throws {
        let call = try pausing("what does it cost")
        understand(call, "ask")
        let first = call.reply
        call.take(.replyPiece(item: first, "Ten pounds."))
        call.take(.turn(.resume(after: 240), position: 2500))
        #expect(call.actions.contains(.cancelReply(item: first)))
        call.take(.replyPiece(item: first, " Late."))
        call.take(.replyDone(item: first))
        confirm(call, "what does it cost to paint it")
        understand(call, "ask")
        call.answer("Fifty pounds.")
        call.hearAll()
        #expect(call.transcript.last == "agent: Fifty pounds.")
        #expect(call.events(.intentLabelled).count == 1)
        #expect(call.events(.turnCompleted).last?["prepared_ms"] == nil)
    }

    @Test func `other words than those it was made for make another reply`() throws {
        let call = try pausing("what does it cost")
        understand(call, "ask")
        let first = call.reply
        call.take(.replyPiece(item: first, "Ten pounds."))
        confirm(call, "what did it cost")
        #expect(call.actions.contains(.cancelReply(item: first)))
        #expect(call.spoken.isEmpty)
        understand(call, "ask")
        call.answer("Nine pounds.")
        call.hearAll()
        #expect(call.transcript.last == "agent: Nine pounds.")
    }

    @Test func `a stage is not entered before the words are certain, and its reply is prepared for it`() throws {
        let call = try pausing("I want to book")
        understand(call, "book")
        #expect(call.stage == "intro")
        #expect(call.prompt?["context"]?["stage"] == "booking")
        confirm(call, "I want to book")
        #expect(call.stage == "booking")
    }

    @Test func `words of the document's need no model, and wait for the transcript too`() throws {
        let call = try pausing("goodbye")
        understand(call, "bye")
        #expect(call.reply == 0)
        #expect(call.stage == "intro")
        confirm(call, "goodbye")
        #expect(call.stage == "end")
        #expect(call.spoken == ["Goodbye then."])
    }

    @Test func `answers that are still on their way when the transcript comes are waited for`() throws {
        let call = try pausing("what does it cost")
        confirm(call, "what does it cost")
        let questions = call.all.filter { if case .classify = $0 { true } else { false } }.count
        #expect(questions == 1)
        understand(call, "ask")
        call.answer("Ten pounds.")
        #expect(call.events(.intentLabelled).count == 1)
        #expect(call.state != "listening")
    }

    @Test func `a tool is not called before the words are certain`() throws {
        let call = try pausing("what does it cost")
        understand(call, "ask")
        call.take(.toolCalls(item: call.reply, [["id": "1", "name": "end_call", "arguments": [:]]]))
        #expect(call.events(.toolCalled).isEmpty)
        call.take(.replyPiece(item: call.reply, "Goodbye."))
        confirm(call, "what does it cost")
        #expect(call.events(.toolCalled).count == 1)
    }

    @Test func `a model that dies over a draft is asked when the time has come`() throws {
        let call = try pausing("what does it cost")
        understand(call, "ask")
        call.take(.replyFailed(item: call.reply))
        #expect(call.spoken.isEmpty)
        confirm(call, "what does it cost")
        understand(call, "ask")
        call.answer("Ten pounds.")
        call.hearAll()
        #expect(call.transcript.last == "agent: Ten pounds.")
    }

    @Test func `a caller who hangs up leaves nothing running`() throws {
        let call = try pausing("what does it cost")
        understand(call, "ask")
        let reply = call.reply
        call.take(.lineClosed(reason: "gone"))
        #expect(call.actions.contains(.cancelReply(item: reply)))
        #expect(call.isOver)
    }

    @Test func `an unfinished sentence, and an agent who may not, prepare nothing`() throws {
        #expect(try pausing("I would like to").question == 0)
        let patient = try pausing("what does it cost") { $0["turn_taking"] = ["preemptive": false] }
        #expect(patient.question == 0)
    }
}
