public import Core

extension RedisSessions {
    /// Whatever host has written it. A call that is live elsewhere must not be among them: its state would be gone.
    public func erase(_ calls: [CallID], carrierCallIDs: [String]) async throws(StoreError) -> Int {
        var count = 0
        do throws(RedisProblem) {
            for call in calls {
                forget(call)
                count += Int(try await link.send(["DEL", keys.call(call)]).integer ?? 0)
                _ = try await link.send(["ZREM", keys.active, call.rawValue])
            }
            for identifier in carrierCallIDs { _ = try await link.send(["DEL", keys.carrier(identifier)]) }
        } catch { throw .unavailable("sessions (redis): \(error)") }
        return count
    }
}
