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

    /// The next item of each kind opens its stream with other options. The voice changes with its next sentence.
    func reopen() {
        for session in [asr, intent, llm] { session?.close() }
        (asr, intent, llm) = (nil, nil, nil)
        voice = .null
        hearing = 0
        utterances = []
        turns = TurnMachine(agent.turnTaking)
    }
}
