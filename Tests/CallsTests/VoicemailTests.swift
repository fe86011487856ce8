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

    @Test func `whoever has calls placed may say what is done with machines, as far as there is a message`() throws {
        let json: JSON = ["name": "a", "stages": [["name": "talk"]]]
        let silent = try AgentDocument(json)
        #expect(silent.answering(machines: .leaveMessage).voicemail.action == .hangUp)
        var object = json.object ?? [:]
        Self.leavesMessage(&object)
        let speaking = try AgentDocument(.object(object))
        #expect(speaking.answering(machines: .hangUp).voicemail.action == .hangUp)
        #expect(speaking.answering(machines: .leaveMessage) == speaking)
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
