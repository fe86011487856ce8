public import PluginKit

extension PluginProblem {
    /// The far side may have done what it was asked, though it did not say so.
    public var mayHaveBeenDone: Bool {
        switch reason {
        case .unavailable, .timeout, .malformed, .cancelled: true
        case .invalid, .refused, .fault: false
        }
    }
}
