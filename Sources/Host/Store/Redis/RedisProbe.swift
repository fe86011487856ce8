import Core

/// Asks whether a Redis could be used, and changes nothing in it.
public enum RedisProbe {
    /// How far this machine's clock is ahead of the server's.
    /// - Throws: what stands in the way, with the setting to mend.
    public static func ask(
        _ address: RedisAddress,
        password: @escaping @Sendable () -> String?,
        within limit: Duration
    ) async throws(StoreError) -> Duration {
        let settings = RedisLink.Settings(address: address, password: password, name: "patchbay-check")
        let link = RedisLink(settings, every: .milliseconds(50))
        link.start { _ in }
        defer { link.stop() }
        let end = Moment.now() + limit
        while let problem = link.problem {
            // What it says will not change by itself; whoever says nothing may only be slow.
            let isRefused = problem.contains("redis refuses")
            guard !isRefused, Moment.now() < end, (try? await Task.sleep(for: .milliseconds(20))) != nil else {
                throw .unavailable(isRefused ? problem : "redis: \(problem); is it up, and is sessions.url right?")
            }
        }
        let reply: RedisReply
        do throws(RedisProblem) { reply = try await link.send(["TIME"]) } catch { throw .unavailable("\(error)") }
        guard case .array(let parts) = reply, parts.count == 2, let seconds = parts[0].text.flatMap(Int64.init),
            let micros = parts[1].text.flatMap(Int64.init)
        else { throw .unavailable("redis: an answer that makes no sense; does sessions.url lead to a Redis?") }
        return .milliseconds(Timestamp.now().unixMilliseconds - seconds * 1000 - micros / 1000)
    }
}
