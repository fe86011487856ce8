import Glibc
import JSONKit
import PluginKit
import Synchronization

/// One batch of events until all of them are reported on.
final class Batch: Sendable {
    private struct State {
        var results: [JSON]
        var missing: Int
        var hasFailed = false
    }

    private let state: Mutex<State>
    private let keys: [String]
    private let finish: @Sendable ([JSON]) -> Void

    /// `finish` gets the results when the last one is there.
    init(keys: [String], finish: @escaping @Sendable ([JSON]) -> Void) {
        (self.keys, self.finish) = (keys, finish)
        state = Mutex(State(results: Array(repeating: .null, count: keys.count), missing: keys.count))
    }

    var isComplete: Bool { state.withLock { $0.missing == 0 } }

    var hasFailed: Bool { state.withLock { $0.hasFailed } }

    func report(_ index: Int, _ result: Result<String, PluginProblem>) {
        let all: [JSON]? = state.withLock { state in
            switch result {
            case .success(let reference): state.results[index] = ["reference": .string(reference)]
            case .failure(let problem):
                state.results[index] = ["error": .string(problem.text), "retryable": .bool(problem.isRetryable)]
                state.hasFailed = true
            }
            state.missing -= 1
            return state.missing == 0 ? inOrder(state) : nil
        }
        if let all { finish(all) }
    }

    /// An event behind one of the same key that failed has failed: it comes again behind that one.
    private func inOrder(_ state: State) -> [JSON] {
        var broken: [String: JSON] = [:]
        return state.results.enumerated().map { index, result in
            if let error = broken[keys[index]] { return error }
            if result["retryable"]?.bool == true { broken[keys[index]] = result }
            return result
        }
    }
}
