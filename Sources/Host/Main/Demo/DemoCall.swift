import Carrier
import Core
import JSONKit

/// The caller's side of the demonstration: what is said when, and what must have happened.
struct DemoCall {
    let call: SimulatedCall
    let voice: DemoVoice
    let transcript: DemoTranscript
    /// Nil: nothing is made to fail.
    let chaos: DemoChaos?

    /// The whole conversation. `exchange` swaps the synthesis plugin and is called while the agent speaks.
    func run(exchange: () async throws(DemoFailure) -> Void) async throws(DemoFailure) {
        try await listen(after: 0)
        try chaos?.strike(0)
        try await ask("I would like to book a repair.")
        try chaos?.strike(1)
        // The second answer begins in the old voice; what comes after the exchange is spoken by the new one.
        let spoken = try await say("How much does a full service cost?")
        try await wait("the agent's answer", 10) { $0.agentUtterances > spoken }
        try await exchange()
        try await listen(after: spoken)
        try chaos?.strike(2)
        try await interrupt("When are you open?", with: "On Thursday morning please.")
        try chaos?.strike(3)
        _ = try await say("No, that is all. Thank you, goodbye.")
        try await wait("the end of the call", 20) { $0.isClosed }
    }

    private func ask(_ text: String) async throws(DemoFailure) { try await listen(after: say(text)) }

    /// Says something; how often the agent had spoken before.
    private func say(_ text: String) async throws(DemoFailure) -> Int {
        let samples = try await voice.say(text)
        let utterances = await call.view().agentUtterances
        try await DemoFailure.wrap("saying \"\(text)\"") { () async throws(CarrierFailure) in
            try await call.speak(samples)
        }
        return utterances
    }

    private func listen(after utterances: Int) async throws(DemoFailure) {
        try await DemoFailure.wrap("listening") { () async throws(CarrierFailure) in
            try await call.waitForAgent(after: utterances, seconds: 30)
        }
    }

    /// Asks, and talks over the answer one and a half seconds into it.
    private func interrupt(_ question: String, with text: String) async throws(DemoFailure) {
        let samples = try await voice.say(text)
        let spoken = try await say(question)
        try await wait("the agent's answer", 15) {
            $0.agentUtterances > spoken && $0.isAgentSpeaking && $0.agentFor >= 1500
        }
        await call.begin(speaking: samples)
        try await wait("the agent to stop for the caller", 5) { !$0.isAgentSpeaking }
        let silent = await call.view().agentUtterances
        try await listen(after: silent)
    }

    private func wait(
        _ what: String,
        _ seconds: Double,
        _ condition: @escaping @Sendable (CallView) -> Bool
    ) async throws(DemoFailure) {
        try await DemoFailure.wrap("waiting") { () async throws(CarrierFailure) in
            try await call.wait(for: what, seconds: seconds, condition)
        }
    }
}
