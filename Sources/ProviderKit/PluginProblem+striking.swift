public import PluginKit

extension PluginProblem {
    /// The same problem without the key, which some servers quote.
    public func striking(out key: String) -> PluginProblem {
        guard !key.isEmpty, text.contains(key) else { return self }
        return PluginProblem(
            reason,
            text.replacing(key, with: "***"),
            isRetryable: isRetryable,
            retryAfterMilliseconds: retryAfterMilliseconds
        )
    }
}
