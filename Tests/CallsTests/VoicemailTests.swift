import Core
import JSONKit
import Testing

@testable import Calls

/// Calls that were placed and that a machine answers.
@Suite struct VoicemailTests {
    private static func leavesMessage(_ object: inout JSONObject) {
        object["voicemail"] = ["action": "leave_message", "message": "Please call us back."]
    }

    @Test func `a machine is hung up on, unless the document has a message for it`() throws {
        let call = try Rehearsal(direction: .outbound)
        call.begin()
        call.take(.answeredBy(.machine, source: "audio"))
        #expect(call.events(.dispositionSet).first?["disposition"] == "voicemail")
        #expect(call.events(.callAnswered).first == ["by": "machine", "source": "audio"])
    }

    @Test func `the message is left behind the beep, and then the call ends`() throws {
        let call = try Rehearsal(Self.leavesMessage, direction: .outbound)
        call.take(.connected)
        call.take(.answeredBy(.machine, source: "audio"), after: 3000)
        // What the agent was saying stops, and the machine's words are nobody's.
        #expect(call.actions.contains(.silence) && !call.listens)
        #expect(call.armed(.beep) != nil)
        call.take(.answeredBy(.beep, source: "audio"), after: 4000)
        #expect(call.spoken == ["Please call us back."])
        call.hearAll()
        #expect(call.events(.dispositionSet).first?["disposition"] == "message_left")
    }

    @Test func `whoever has the call placed may say what is done with machines`() throws {
        let silent = CallOrder(attempt: "att_1", machines: .hangUp)
        let call = try Rehearsal(Self.leavesMessage, direction: .outbound, order: silent)
        call.begin()
        call.take(.answeredBy(.machine, source: "audio"))
        #expect(call.events(.dispositionSet).first?["disposition"] == "voicemail")
        #expect(CallOrder(silent.json) == silent, "another host that goes on with the call knows it, too")
    }

    @Test func `a message that the document does not have cannot be left`() throws {
        let call = try Rehearsal(direction: .outbound, order: CallOrder(attempt: "att_1", machines: .leaveMessage))
        call.begin()
        call.take(.answeredBy(.machine, source: "audio"))
        #expect(call.events(.dispositionSet).first?["disposition"] == "voicemail")
    }

    @Test func `without a beep the message is left when nobody would still be greeting`() throws {
        let call = try Rehearsal(Self.leavesMessage, direction: .outbound)
        call.take(.connected)
        call.take(.answeredBy(.machine, source: "carrier"))
        call.take(.timer(.beep), after: 45_000)
        #expect(call.spoken == ["Please call us back."])
    }

    @Test func `a carrier that waited for the end of the greeting gets the message at once`() throws {
        let call = try Rehearsal(Self.leavesMessage, direction: .outbound, answeredBy: "machine_end_beep")
        call.take(.connected)
        #expect(call.spoken == ["Please call us back."])
    }

    @Test func `a tone in a conversation with a person is no beep, and a person is answered as ever`() throws {
        let call = try Rehearsal(Self.leavesMessage, direction: .outbound, answeredBy: "human")
        call.begin()
        call.take(.answeredBy(.beep, source: "audio"))
        call.say("what does it cost")
        call.answer("Ten pounds.")
        #expect(call.spoken == ["Ten pounds."] || call.transcript.contains("agent: Hello."))
        #expect(call.events(.callAnswered).count == 1)
    }

    @Test func `on a call that came in nobody looks for machines`() throws {
        let call = try Rehearsal()
        call.begin()
        call.take(.answeredBy(.machine, source: "audio"))
        #expect(call.events(.callAnswered).isEmpty && call.listens)
    }

    @Test func `a document that leaves a message has one`() {
        #expect(throws: FieldError(path: "voicemail.message", problem: "leave_message needs one")) {
            try Rehearsal { $0["voicemail"] = ["action": "leave_message"] }
        }
    }
}
