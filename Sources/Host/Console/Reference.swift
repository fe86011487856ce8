import JSONKit
import RPCSchema

/// `docs/RPC.md`, from the document.
struct Reference {
    private let interface: Interface

    init(_ interface: Interface) { self.interface = interface }

    var text: String {
        var text = """
            # The control plane

            Rendered from `rpc-schema/openrpc.json` by `patchbay reference`; do not edit.

            \(interface.document["info"]?["description"]?.string ?? "")

            ```sh
            echo '{"jsonrpc":"2.0","id":1,"method":"system.health"}' | socat -t 5 - UNIX-CONNECT:state/control.sock
            patchbay system health
            ```

            The same document is what `rpc.discover` answers. `examples/rpc` has clients in shell and Python.

            | role | who |
            |---|---|
            | admin | the host's own user, root, and members of `control.admin_groups` |
            | write | members of `control.write_groups` |
            | read | members of `control.read_groups` |

            ## Methods
            | method | role | |
            |---|---|---|

            """
        for operation in interface.methods {
            let role = operation.isNotification ? "sent by the host" : operation.role.rawValue
            text += "| [`\(operation.name)`](#\(Self.anchor(operation.name))) | \(role) | \(operation.summary) |\n"
        }
        text += "\n" + errors
        for operation in interface.methods { text += "\n" + entry(operation) }
        text += "\n## Shapes\n"
        for (name, schema) in interface.schemas.object ?? [:] { text += "\n" + shape(name, schema) }
        return text
    }

    private static func anchor(_ name: String) -> String { name.filter { $0 != "." } }

    private var errors: String {
        var text = """
            ## Errors
            Decide on `data.error`, never on the message. `data.field` names the parameter, where there is one.

            | error | code | retryable | |
            |---|---|---|---|
            | `parse_error` | -32700 | no | Not JSON; the connection goes on with the next line |
            | `invalid_request` | -32600 | no | JSON, but no request; or a line, a batch over its bound |
            | `method_not_found` | -32601 | no | No method of that name |
            | `invalid_params` | -32602 | no | A parameter is missing, unknown or wrong |
            | `internal_error` | -32603 | no | A fault of the host |

            """
        for fault in interface.faults.values.sorted(by: { $0.code < $1.code }) {
            text += "| `\(fault.name)` | \(fault.code) | \(fault.isRetryable ? "yes" : "no") | \(fault.message) |\n"
        }
        return text + "\nEvery method may answer `forbidden`, `limit_exceeded` and, where it takes time, `timed_out`.\n"
    }

    private func entry(_ operation: Operation) -> String {
        var text = "### \(operation.name)\n\(operation.summary). \(operation.description)".trimmed + "\n"
        if !operation.parameters.isEmpty {
            text += "\n| parameter | | |\n|---|---|---|\n"
            for parameter in operation.parameters {
                let need = parameter.isRequired ? ", required" : ""
                text += "| `\(parameter.name)` | \(type(parameter.schema))\(need) | \(parameter.summary) |\n"
            }
        }
        if let result = operation.result { text += "\nResult: \(type(result, isSpelledOut: true))\n" }
        if !operation.faults.isEmpty {
            text += "\nErrors: \(operation.faults.map { "`\($0)`" }.joined(separator: ", "))\n"
        }
        for example in operation.examples { text += "\n" + self.example(example, of: operation) }
        return text
    }

    private func example(_ example: Example, of operation: Operation) -> String {
        var request: JSONObject = ["jsonrpc": "2.0"]
        if !operation.isNotification { request["id"] = 1 }
        request["method"] = .string(operation.name)
        if !example.parameters.isEmpty { request["params"] = .object(example.parameters) }
        var text = "```json\n\(JSON.object(request))\n"
        if let result = example.result {
            text += "\((["jsonrpc": "2.0", "id": 1, "result": result] as JSON).description)\n"
        }
        return text + "```\n"
    }

    private func shape(_ name: String, _ schema: JSON) -> String {
        var text = "### \(name)\n\(schema["description"]?.string ?? "")\n"
        if let values = schema["enum"]?.array {
            return text + "One of \(values.map { "`\($0.string ?? $0.description)`" }.joined(separator: ", ")).\n"
        }
        guard let properties = schema["properties"]?.object, !properties.isEmpty else { return text }
        text += "\n| member | | |\n|---|---|---|\n"
        let required = schema["required"]?.array ?? []
        for (member, value) in properties {
            let need = required.contains(.string(member)) ? "" : ", may be absent"
            let summary = interface.resolve(value)["description"]?.string ?? ""
            text += "| `\(member)` | \(type(value))\(need) | \(summary) |\n"
        }
        return text
    }

    /// A schema in few words.
    private func type(_ schema: JSON, isSpelledOut: Bool = false) -> String {
        if let name = Interface.referenced(schema) { return "[\(name)](#\(name.lowercased()))" }
        let names = schema["type"]?.string.map { [$0] } ?? (schema["type"]?.array ?? []).compactMap(\.string)
        if names == ["array"] { return "list of \(type(schema["items"] ?? [:], isSpelledOut: isSpelledOut))" }
        if isSpelledOut, let properties = schema["properties"]?.object {
            return "{" + properties.map { "`\($0.key)`: \(type($0.value))" }.joined(separator: ", ") + "}"
        }
        return names.isEmpty ? "any value" : names.joined(separator: " or ")
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
