import Core
import JSONKit
import Testing

@testable import Calls

@Suite struct CallMachineTests {
    // MARK: A whole call

    @Test func `a call runs from the greeting to its disposition`() throws {
        let call = try Rehearsal()
        call.take(.connected)
        #expect(call.spoken == ["Hello."])
        #expect(call.state == "thinking")
        call.begin(call.lastSentence)
        #expect(call.state == "greeting")
        call.hearAll()
        #expect(call.state == "listening")
        #expect(call.armed(.silence) == .seconds(10))

        call.say("I want to book", intent: "book")
        #expect(call.stage == "booking")
        call.answer("Gladly. Which day?")
        #expect(call.transcript == ["agent: Hello."])
        call.hearAll()
        #expect(call.transcript == ["agent: Hello.", "caller: I want to book", "agent: Gladly. Which day?"])

        call.say("Goodbye", intent: "bye")
        #expect(call.stage == "end")
        call.answer("See you.")
        #expect(!call.isOver)
        call.hearAll()
        #expect(call.isOver)
        #expect(call.actions.contains(.closeLine(reason: "completed")))
        #expect(call.events(.dispositionSet) == [["disposition": "booked", "reason": "completed"]])
        let outcome = try #require(call.events(.callEnded).first)
        #expect(outcome["disposition"] == "booked")
        #expect(outcome["turns"] == 2)
        #expect(outcome["stages"] == ["intro", "booking", "end"])
        #expect(outcome["transcript"]?.array?.count == 5)
        #expect(
            call.topics == [
                .callStarted, .stageEntered, .replySpoken, .transcriptFinal, .intentLabelled, .stageEntered,
                .replySpoken,
                .turnCompleted, .transcriptFinal, .intentLabelled, .stageEntered, .replySpoken, .turnCompleted,
                .dispositionSet, .callEnded,
            ]
        )
    }

    @Test func `every step is remembered`() throws {
        let call = try Rehearsal()
        call.begin()
        #expect(call.all.contains(.remember))
        call.open()
        call.close()
        call.transcribe("I want to book")
        #expect(call.actions.contains(.remember))
        call.label("book")
        call.take(.passages(item: call.question, []))
        #expect(call.actions.contains(.remember))
    }

    // MARK: Understanding

    @Test func `intent and retrieval are asked at once`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        call.transcribe("what does it cost")
        // The stage does not look anything up, but the stage that `book` leads to does.
        #expect(call.actions.contains(.classify(item: call.question, text: "what does it cost")))
        #expect(
            call.actions.contains(
                .retrieve(item: call.question, text: "what does it cost", collections: ["handbook"])
            )
        )
    }

    @Test func `the passages reach the prompt of a stage that looks things up`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        call.transcribe("book a service")
        call.take(.passages(item: call.question, [Passage(text: "It costs 85 pounds.", score: 0.9, document: "h")]))
        #expect(call.reply == 0)
        call.label("book")
        let prompt = try #require(call.prompt)
        #expect(prompt["context"]?["stage"] == "booking")
        #expect(prompt["context"]?["intent"] == "book")
        #expect(prompt["context"]?["passages"]?[0]?["text"] == "It costs 85 pounds.")
        #expect(prompt["messages"]?.array?.last == ["role": "user", "content": "book a service"])
        #expect(prompt["messages"]?[0]?["content"]?.string?.contains("85 pounds") == true)
    }

    @Test func `without an answer in time the reply is made without it, and a late one is ignored`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        call.transcribe("I want to book")
        #expect(call.armed(.understanding) == .milliseconds(800))
        call.take(.timer(.understanding), after: 800)
        #expect(call.actions.contains(.cancelQuestions(item: call.question)))
        #expect(call.prompt?["context"]?["stage"] == "intro")
        let asked = call.reply
        call.label("book")
        #expect(call.actions.isEmpty)
        #expect(call.stage == "intro")
        #expect(call.reply == asked)
    }

    @Test func `failures of intent and retrieval do not hold up the reply`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        call.transcribe("hm")
        call.take(.labels(item: call.question, nil))
        call.take(.passages(item: call.question, nil))
        #expect(call.reply > 0)
        #expect(call.armed(.understanding) == nil)
    }

    @Test func `an intent below its confidence moves nothing`() throws {
        let call = try Rehearsal()
        call.begin()
        call.say("booking perhaps", intent: "book", confidence: 0.59)
        #expect(call.stage == "intro")
        #expect(call.events(.intentLabelled).first?["confidence"] == 0.59)
    }

    @Test func `a transition with words of its own does not ask the model`() throws {
        let call = try Rehearsal()
        call.begin()
        call.say("bye", intent: "bye")
        #expect(call.spoken == ["Goodbye then."])
        #expect(call.reply == 0)
        call.hearAll()
        #expect(call.isOver)
    }

    @Test func `an empty transcript is answered twice at most`() throws {
        let call = try Rehearsal()
        call.begin()
        for attempt in 1...3 {
            call.open()
            call.close()
            call.transcribe("  ")
            #expect(call.spoken.count == (attempt <= 2 ? 1 : 0))
            call.hearAll()
            #expect(call.state == "listening")
            #expect(call.armed(.silence) != nil)
        }
        #expect(call.turns == 0)
        #expect(call.events(.transcriptFinal).isEmpty)
    }

    // MARK: Two utterances

    @Test func `what is said while the agent thinks joins what was said before`() throws {
        let call = try Rehearsal()
        call.begin()
        call.say("I want to book", intent: "book")
        let first = call.reply
        call.open()
        #expect(call.actions.contains(.cancelReply(item: first)))
        call.close()
        call.transcribe("on Monday")
        #expect(call.actions.contains(.classify(item: call.question, text: "I want to book on Monday")))
        call.take(.replyPiece(item: first, "Late. "))
        #expect(call.spoken.isEmpty)
        call.label("ask")
        call.take(.passages(item: call.question, []))
        #expect(call.prompt?["messages"]?.array?.last?["content"] == "I want to book on Monday")
        #expect(call.turns == 1)
        call.answer("Fine.")
        call.hearAll()
        #expect(call.transcript.suffix(2) == ["caller: I want to book on Monday", "agent: Fine."])
    }

    @Test func `a second utterance before the first transcript waits for both`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        let first = call.utterance
        call.open()
        call.take(.transcript(item: first, text: "I want", isFinal: true))
        #expect(call.question == 0)
        call.close()
        call.transcribe("to book")
        #expect(call.actions.contains(.classify(item: call.question, text: "I want to book")))
    }

    @Test func `sentences that have not begun to play are withdrawn when the caller goes on`() throws {
        let call = try Rehearsal()
        call.begin()
        call.say("first")
        call.answer("An answer.")
        #expect(call.activity == .thinking)
        call.open()
        #expect(call.actions.contains(.silence))
        #expect(!call.topics.contains(.bargeIn))
        call.close()
        call.transcribe("second")
        #expect(call.actions.contains(.classify(item: call.question, text: "first second")))
    }

    @Test func `a transcript that is final before the caller has stopped is used`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.take(.transcript(item: call.utterance, text: "I want to book", isFinal: true))
        #expect(call.question == 0)
        call.close()
        #expect(call.actions.contains(.classify(item: call.question, text: "I want to book")))
    }

    // MARK: Latency

    @Test func `the parts of the latency add up to the gap`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()  // 500 ms of silence had to pass
        call.performed(after: 1)
        call.transcribe("what does it cost")  // 100 ms
        call.performed(after: 2)
        call.label("ask")  // 20 ms
        call.take(.passages(item: call.question, []), after: 30)
        call.performed(after: 3)
        call.take(.replyPiece(item: call.reply, "It costs "), after: 200)
        call.take(.replyPiece(item: call.reply, "ten pounds. "), after: 50)
        call.performed(after: 4)
        call.begin(call.lastSentence)  // 10 ms synthesis, 1 ms playout
        call.take(.replyDone(item: call.reply))
        call.hearAll()
        let latency = try #require(call.events(.turnCompleted).first?["latency"])
        #expect(latency["endpointing_ms"] == 500.0)
        #expect(latency["final_transcript_ms"] == 101.0)
        #expect(latency["intent_ms"] == 22.0)
        // It ran beside intent: this is what it took longer.
        #expect(latency["retrieval_ms"] == 30.0)
        #expect(latency["first_token_ms"] == 203.0)
        #expect(latency["first_sentence_ms"] == 50.0)
        #expect(latency["first_audio_ms"] == 14.0)
        #expect(latency["playout_ms"] == 1.0)
        #expect(latency["carrier_ms"] == 15.0)
        #expect(latency["voice_lead_ms"] == 25.0)
        // What we took ourselves, and the wait for the next frame.
        #expect(latency["added_ms"] == 11.0)
        let parts = Ledger.Part.Name.allCases.map { latency["\($0.rawValue)_ms"]?.double ?? .nan }
        #expect(latency["gap_ms"]?.double == parts.reduce(0, +))
    }

    @Test func `the silence counts from the caller's last sound, and what was ready early takes none of it`() throws {
        var ledger = Ledger()
        let spoken = Moment(microseconds: 5_000_000)
        (ledger.lastSound, ledger.closed) = (spoken, spoken + .milliseconds(480))
        // All of it was prepared before the turn was over, and the voice was quicker than the endpointer.
        ledger.transcript = spoken + .milliseconds(100)
        ledger.asked = spoken + .milliseconds(120)
        ledger.firstToken = spoken + .milliseconds(300)
        ledger.firstSentence = spoken + .milliseconds(310)
        ledger.firstAudio = spoken + .milliseconds(400)
        ledger.playing = spoken + .milliseconds(485)
        (ledger.online, ledger.audible) = (spoken + .milliseconds(485), spoken + .milliseconds(500))
        let parts = ledger.parts.filter { $0.milliseconds > 0 }
        #expect(parts.map(\.name) == [.endpointing, .playout, .lead])
        #expect(parts.map(\.milliseconds) == [480, 5, 15] && ledger.gap == 500)
    }

    @Test func `whoever did not answer in time was waited for until the reply was asked for`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        call.transcribe("what does it cost")
        call.take(.passages(item: call.question, []), after: 30)
        call.take(.timer(.understanding), after: 770)
        call.answer("Ten pounds.")
        call.hearAll()
        let latency = try #require(call.events(.turnCompleted).first?["latency"])
        #expect(latency["intent_ms"] == 800.0)
        #expect(latency["retrieval_ms"] == 0.0)
    }

    @Test func `a turn whose answer nobody heard has no gap`() throws {
        let call = try Rehearsal()
        call.begin()
        call.say("what does it cost")
        call.take(.hangup(reason: "test"))
        let latency = try #require(call.events(.turnCompleted).first?["latency"])
        #expect(latency["gap_ms"] == nil && latency["endpointing_ms"] == 500.0)
    }

    // MARK: Silence, time, keys

    @Test func `silence is asked about once, then the call ends`() throws {
        let call = try Rehearsal()
        call.begin()
        call.take(.timer(.silence), after: 10_000)
        #expect(call.spoken == ["Are you still there?"])
        #expect(call.armed(.silence) == nil)
        call.hearAll()
        #expect(call.armed(.silence) == .seconds(10))
        call.take(.timer(.silence), after: 10_000)
        #expect(call.spoken == ["Goodbye."])
        call.hearAll()
        #expect(call.events(.dispositionSet).first?["disposition"] == "no_input")
    }

    @Test func `words reset the silence`() throws {
        let call = try Rehearsal()
        call.begin()
        call.take(.timer(.silence), after: 10_000)
        call.hearAll()
        call.say("hello")
        call.answer("Hello.")
        call.hearAll()
        call.take(.timer(.silence), after: 10_000)
        #expect(call.spoken == ["Are you still there?"])
    }

    @Test func `a stage can be left by silence and by time`() throws {
        let silent = try Rehearsal { $0["start"] = "booking" }
        silent.begin()
        silent.take(.timer(.silence))
        silent.hearAll()
        silent.take(.timer(.silence))
        #expect(silent.stage == "end")
        #expect(silent.reply > 0)

        let slow = try Rehearsal { $0["start"] = "booking" }
        slow.begin()
        #expect(slow.armed(.stage) == .seconds(60))
        slow.open()
        slow.take(.timer(.stage))
        #expect(slow.stage == "booking")
        #expect(slow.armed(.stage) == .seconds(1))
        slow.close()
        slow.transcribe("")
        slow.hearAll()
        slow.take(.timer(.stage))
        #expect(slow.stage == "end")
    }

    @Test func `a key moves the stage, at any moment`() throws {
        let call = try Rehearsal()
        call.take(.connected)
        call.begin(call.lastSentence)
        call.take(.digit("5"), after: 100)
        #expect(call.stage == "booking")
        #expect(call.actions.contains(.silence))
        #expect(call.spoken == ["You pressed five."])
        call.hearAll()
        #expect(call.transcript.contains("caller: [key 5]"))
        call.take(.digit("9"))
        #expect(call.stage == "booking")
        #expect(call.armed(.silence) != nil)
    }

    @Test func `a key in the middle of an utterance drops the utterance`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        let utterance = call.utterance
        call.take(.digit("5"))
        #expect(call.actions.contains(.cancelUtterance(item: utterance)))
        call.close()
        #expect(call.actions.isEmpty)
        call.take(.transcript(item: utterance, text: "late", isFinal: true))
        #expect(!call.topics.contains(.transcriptFinal))
    }

    @Test func `the longest duration ends the call with a sentence`() throws {
        let call = try Rehearsal()
        call.begin()
        #expect(call.armed(.duration) == .seconds(1800))
        call.open()
        call.take(.timer(.duration))
        #expect(!call.listens)
        #expect(
            call.spoken == [
                "I am afraid we have to stop here.", "Thank you for calling.",
            ]
        )
        call.hearAll()
        #expect(call.events(.dispositionSet).first?["disposition"] == "max_duration")
    }

    // MARK: An operator

    @Test func `an operator's words wait until the caller has finished`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.take(.say("One moment please. I will be with you."))
        #expect(call.spoken.isEmpty)
        call.close()
        #expect(call.spoken == ["One moment please.", "I will be with you."])
        call.transcribe("hello")
        call.hearAll()
        #expect(call.state == "thinking")
        call.label("ask")
        call.take(.passages(item: call.question, []))
        call.answer("Yes.")
        call.hearAll()
        #expect(call.transcript.last == "agent: One moment please. I will be with you. Yes.")
    }

    @Test func `an operator's words come behind what is being said`() throws {
        let call = try Rehearsal()
        call.take(.connected)
        call.begin(call.lastSentence)
        call.take(.say("And welcome."))
        #expect(call.spoken == ["And welcome."])
        call.hearAll()
        #expect(call.transcript == ["agent: Hello. And welcome."])
    }

    @Test func `an operator's words are not lost when the caller speaks before they are heard`() throws {
        let call = try Rehearsal()
        call.begin()
        call.open()
        call.close()
        call.take(.say("Please hold."))
        call.open()
        #expect(call.actions.contains(.silence))
        call.close()
        #expect(call.spoken == ["Please hold."])
    }
}
