import Core
import JSONKit

/// A request that takes time: it ends once, with its outcome or at its deadline. Confined to the control loop.
final class Attempt {
    var timer: TimerID?
    private var completion: ((Result<JSON, Failure>) -> Void)?

    init(_ completion: @escaping (Result<JSON, Failure>) -> Void) { self.completion = completion }

    /// Only the first call counts.
    func finish(_ outcome: Result<JSON, Failure>) {
        guard let completion else { return }
        self.completion = nil
        completion(outcome)
    }
}
