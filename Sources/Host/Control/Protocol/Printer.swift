import Core
import JSONKit
import RPCSchema

/// Prints responses and notifications into a connection's buffer.
struct Printer {
    private let faults: [String: Fault]
    private let errors: Counter

    init(faults: [String: Fault]) {
        self.faults = faults
        errors = Metrics.shared.counter("patchbay_rpc_errors_total", help: "Requests answered with an error.")
    }

    /// One response without a newline.
    func write(_ outcome: Result<JSON, Failure>, id: JSON, into bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"jsonrpc":"2.0","id":"#.utf8)
        id.write(into: &bytes)
        switch outcome {
        case .success(let result):
            bytes.append(contentsOf: #","result":"#.utf8)
            result.write(into: &bytes)
        case .failure(let failure):
            errors.add()
            bytes.append(contentsOf: #","error":"#.utf8)
            json(failure).write(into: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private func json(_ failure: Failure) -> JSON {
        let (code, name, isRetryable) = identity(failure.sort)
        var data: JSONObject = ["error": .string(name), "retryable": .bool(isRetryable)]
        if let field = failure.field, !field.isEmpty { data["field"] = .string(field) }
        return ["code": .int(code), "message": .string(failure.message), "data": .object(data)]
    }

    private func identity(_ sort: Failure.Sort) -> (Int64, String, Bool) {
        switch sort {
        case .parseError: return (-32700, "parse_error", false)
        case .invalidRequest: return (-32600, "invalid_request", false)
        case .methodNotFound: return (-32601, "method_not_found", false)
        case .invalidParameters: return (-32602, "invalid_params", false)
        case .internalError: return (-32603, "internal_error", false)
        case .named(let name):
            guard let fault = faults[name.rawValue] else { return (-32603, name.rawValue, false) }
            return (fault.code, fault.name, fault.isRetryable)
        }
    }

    /// A notification, with its newline.
    static func notification(_ method: String, _ parameters: JSON, into bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"jsonrpc":"2.0","method":""#.utf8)
        bytes.append(contentsOf: method.utf8)
        bytes.append(contentsOf: #"","params":"#.utf8)
        parameters.write(into: &bytes)
        bytes.append(contentsOf: "}\n".utf8)
    }
}
