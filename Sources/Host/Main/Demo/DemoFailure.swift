/// What of the demonstration did not truly happen.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Runs a step; what it throws is told with the step's name.
    static func wrap<Value, Failure: Error>(
        _ step: String,
        _ body: () async throws(Failure) -> Value
    ) async throws(DemoFailure) -> Value {
        do { return try await body() } catch { throw DemoFailure("\(step): \(error)") }
    }
}
