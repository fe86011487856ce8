/// Waiting for what another process does, without holding a thread.
public enum Patience {
    /// Asks every 10 ms until it is so.
    public static func wait(
        for what: String,
        seconds: Int = 60,
        until isSo: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while try await !isSo() {
            guard clock.now < end else { throw ServiceFailure("waited \(seconds) s in vain for \(what)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
