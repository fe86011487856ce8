import Core
import JSONKit
import RPCSchema

/// A method ready to be called: handler, compiled schema, role and deadline in one place.
final class BoundMethod: Sendable {
    let name: String
    let handler: Method.Handler
    let role: Role
    let deadline: Duration
    private let schema: JSONSchema
    private let defaults: [(name: String, value: JSON)]
    private let requests: Counter

    init(_ operation: Operation, _ handler: Method.Handler, schemas: JSON) throws(FieldError) {
        (name, role, deadline) = (operation.name, operation.role, operation.deadline)
        self.handler = handler
        schema = try JSONSchema(operation.parameterSchema, definitions: schemas)
        defaults = operation.parameters.compactMap { parameter in
            parameter.schema["default"].map { (parameter.name, $0) }
        }
        requests = Metrics.shared.counter(
            "patchbay_rpc_requests_total",
            help: "Requests on the control socket.",
            labels: [("method", operation.name)]
        )
    }

    /// Checks the parameters and fills in the defaults.
    func check(_ parameters: JSONObject) throws(Failure) -> Parameters {
        requests.add()
        do { try schema.check(.object(parameters)) } catch { throw Failure(error) }
        guard !defaults.isEmpty else { return Parameters(object: parameters) }
        var filled = parameters
        for (name, value) in defaults where filled[name] == nil { filled[name] = value }
        return Parameters(object: filled)
    }
}
