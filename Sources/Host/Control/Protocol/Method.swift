import JSONKit

/// A method of the document with the code behind it.
struct Method: Sendable {
    enum Handler: Sendable {
        /// Runs on the control loop and returns at once.
        case quick(@Sendable (Parameters, Client) throws(Failure) -> JSON)
        /// Runs off the loop, up to the method's deadline; what blocks goes to a worker.
        case slow(@Sendable (Parameters) async throws(Failure) -> JSON)
    }

    let name: String
    let handler: Handler

    static func quick(
        _ name: String,
        _ body: @escaping @Sendable (Parameters, Client) throws(Failure) -> JSON
    ) -> Method {
        Method(name: name, handler: .quick(body))
    }

    static func quick(_ name: String, _ body: @escaping @Sendable (Parameters) throws(Failure) -> JSON) -> Method {
        Method(name: name, handler: .quick { parameters, _ throws(Failure) in try body(parameters) })
    }

    static func slow(_ name: String, _ body: @escaping @Sendable (Parameters) async throws(Failure) -> JSON) -> Method {
        Method(name: name, handler: .slow(body))
    }
}
