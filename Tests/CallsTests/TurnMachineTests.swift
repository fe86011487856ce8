import Media
import Testing

@testable import Calls

@Suite struct TurnMachineTests {
    private func machine(bargeIn: Bool = true, certain: Int = 200) -> TurnMachine {
        var settings = TurnTaking()
        settings.bargeIn = bargeIn
        settings.minSpeech = 80
        settings.bargeInMinSpeech = 200
        settings.bargeInCertain = certain
        return TurnMachine(settings)
    }

    @Test func `confirmed speech is an utterance when the agent is silent or thinks`() {
        for agent in [TurnMachine.Agent.silent, .thinking] {
            var turns = machine()
            #expect(turns.hear(.speechStarted(at: 100), agent: agent) == nil)
            #expect(turns.hear(.speechConfirmed(at: 100), agent: agent) == .open(from: 100, interrupts: false))
            #expect(turns.hear(.speechEnded(at: 900), agent: agent) == .close(at: 900))
        }
    }

    @Test func `speech over the agent interrupts once there is enough of it, counted from its beginning`() {
        var turns = machine()
        #expect(turns.hear(.speechConfirmed(at: 100), agent: .speaking) == nil)
        #expect(turns.waitingFrom == 100)
        for _ in 0..<5 { #expect(turns.frame(isSpeech: true, agent: .speaking) == nil) }
        #expect(turns.frame(isSpeech: true, agent: .speaking) == .open(from: 100, interrupts: true))
        #expect(turns.waitingFrom == nil)
    }

    @Test func `silence between sounds does not count as speech`() {
        var turns = machine()
        _ = turns.hear(.speechConfirmed(at: 100), agent: .speaking)
        for _ in 0..<30 { #expect(turns.frame(isSpeech: false, agent: .speaking) == nil) }
        #expect(turns.hear(.speechEnded(at: 180), agent: .speaking) == .ignore)
        #expect(turns.hear(.speechConfirmed(at: 2000), agent: .silent) == .open(from: 2000, interrupts: false))
    }

    @Test func `speech that outlasts the agent is an utterance from its beginning`() {
        for bargeIn in [true, false] {
            var turns = machine(bargeIn: bargeIn)
            _ = turns.hear(.speechConfirmed(at: 100), agent: .speaking)
            #expect(turns.frame(isSpeech: true, agent: .speaking) == nil)
            #expect(turns.frame(isSpeech: true, agent: .silent) == .open(from: 100, interrupts: false))
        }
    }

    @Test func `an agent that may not be interrupted is not`() {
        var turns = machine(bargeIn: false)
        _ = turns.hear(.speechConfirmed(at: 100), agent: .speaking)
        for _ in 0..<100 { #expect(turns.frame(isSpeech: true, agent: .speaking) == nil) }
    }

    @Test func `nothing is closed that was not opened`() {
        var turns = machine()
        #expect(turns.hear(.speechEnded(at: 100), agent: .silent) == nil)
        #expect(turns.hear(.speechAbandoned(at: 100), agent: .silent) == nil)
        _ = turns.hear(.speechConfirmed(at: 100), agent: .silent)
        turns.reset()
        #expect(turns.hear(.speechEnded(at: 300), agent: .silent) == nil)
    }

    @Test func `what may be a backchannel is considered first, and insists when it goes on`() {
        var turns = machine(certain: 400)
        _ = turns.hear(.speechConfirmed(at: 100), agent: .speaking)
        var actions: [TurnMachine.Action] = []
        for _ in 0..<30 { if let action = turns.frame(isSpeech: true, agent: .speaking) { actions.append(action) } }
        #expect(actions == [.consider(from: 100), .insist])
        #expect(turns.hear(.speechEnded(at: 900), agent: .silent) == .close(at: 900))
    }

    @Test func `what is considered and ends is closed, and what outlasts the agent insists`() {
        for outlasts in [false, true] {
            var turns = machine(certain: 400)
            _ = turns.hear(.speechConfirmed(at: 100), agent: .speaking)
            for _ in 0..<8 { _ = turns.frame(isSpeech: true, agent: .speaking) }
            if outlasts { #expect(turns.frame(isSpeech: false, agent: .silent) == .insist) }
            #expect(turns.hear(.speechEnded(at: 600), agent: .speaking) == .close(at: 600))
        }
    }

    @Test func `pauses within an utterance are told`() {
        var turns = machine()
        _ = turns.hear(.speechConfirmed(at: 100), agent: .silent)
        #expect(turns.hear(.speechPaused(at: 500), agent: .thinking) == .pause)
        #expect(turns.hear(.speechResumed(after: 240), agent: .thinking) == .resume(after: 240))
    }
}
