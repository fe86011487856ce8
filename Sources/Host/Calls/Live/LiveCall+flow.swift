import Core
import JSONKit
import Media
import Routes

/// Performs what a flow asks of the world: tools and hand-overs.
extension LiveCall {
    func runTool(_ item: UInt64, _ request: ToolRequest) {
        let (run, loop) = (services.runTool, loop)
        let call = LoopBound(self, loop)
        errands += 1
        Task {
            let outcome = await run(request)
            loop.perform {
                call.with { call in
                    call.errands -= 1
                    call.take(.toolResult(item: item, outcome))
                }
            }
        }
    }

    /// The next item of each kind opens its stream with the new document's options.
    func reopen() {
        for session in [asr, intent, llm, tts] { session?.close() }
        (asr, intent, llm, tts) = (nil, nil, nil, nil)
        hearing = 0
        utterances = []
        turns = TurnMachine(agent.turnTaking)
    }
}
