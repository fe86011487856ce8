extension Deliveries {
    /// Whether this host brings events to a consumer. Of several hosts on one log it is one at a time; when that one loses its
    /// connection, or ends, another one goes on.
    func claim(_ consumer: String) async throws(StoreError) -> Bool {
        try await thread.ask { database throws(StoreError) in try database.engine.lock("courier:\(consumer)") }
    }
}
