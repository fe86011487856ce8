extension Deliveries {
    /// Whether this host brings events to a consumer. With one host to a state folder it always does.
    func claim(_ consumer: String) async throws(StoreError) -> Bool { true }
}
