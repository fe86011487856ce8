import Calls
import Core
import JSONKit
import Knowledge
import Synchronization

/// Runs the tools of one scripted conversation: as the script says, and searches for real.
final class ScriptedTools: Sendable {
    private let script: ToolScript
    private let collections: Collections
    private let loop: ManualLoop
    private let used = Mutex<[String: Int]>([:])
    private let waiting = Mutex(0)

    init(_ script: ToolScript, _ collections: Collections, _ loop: ManualLoop) {
        (self.script, self.collections, self.loop) = (script, collections, loop)
    }

    /// How many wait for the script's clock.
    var pending: Int { waiting.withLock { $0 } }

    func run(_ request: ToolRequest) async -> ToolOutcome {
        let name = request.tool.name
        guard let answers = script.answers[name] else { return await unscripted(request) }
        let index = used.withLock { used in
            defer { used[name, default: 0] += 1 }
            return used[name, default: 0]
        }
        let answer = answers[min(index, answers.count - 1)]
        if answer.milliseconds > 0 { await pause(.milliseconds(answer.milliseconds)) }
        return answer.outcome
    }

    private func unscripted(_ request: ToolRequest) async -> ToolOutcome {
        switch request.tool.work {
        case .lookup(let collection): await look(in: collection, request)
        case .crm: .answered([:])
        default: .failed("the script has no answer for \(request.tool.name); give it one in \"tools\"")
        }
    }

    private func look(in collection: String, _ request: ToolRequest) async -> ToolOutcome {
        let query = request.arguments["query"]?.string ?? ""
        guard let hits = try? await collections.search(collection, query, limit: 3) else {
            return .failed("there is no collection called \(collection); name its documents in \"collections\"")
        }
        return .answered([
            "passages": .array(hits.map { ["text": .string($0.text), "document": .string($0.document)] })
        ])
    }

    private func pause(_ duration: Duration) async {
        await withCheckedContinuation { continuation in
            loop.perform { [self] in
                waiting.withLock { $0 += 1 }
                loop.schedule(after: duration) { [self] in
                    waiting.withLock { $0 -= 1 }
                    continuation.resume()
                }
            }
        }
    }
}
