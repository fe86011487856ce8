public import IO
public import JSONKit

/// Why the control plane does not start; one line for the operator.
public enum ControlFailure: Error, CustomStringConvertible {
    /// The socket cannot be served.
    case socket(IOFailure)
    case unknownGroup(String)
    /// The compiled-in document and the code disagree.
    case schema(FieldError)

    public var description: String {
        switch self {
        case .socket(let failure): "control socket: \(failure)"
        case .unknownGroup(let name): "control: no Unix group is called \(name); create it or change the configuration"
        case .schema(let error): "rpc-schema/openrpc.json: \(error)"
        }
    }
}
