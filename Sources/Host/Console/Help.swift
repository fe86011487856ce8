import JSONKit
import RPCSchema

/// What `patchbay help` says, from the document.
struct Help {
    /// Commands of the executable itself.
    static let ownCommands: [(name: String, arguments: String, summary: String)] = [
        ("serve", "--config FILE", "Run a host."),
        ("loader", "--config FILE", "Load what the broker has into the warehouse."),
        (
            "carrier",
            "[--host ADDRESS] [--port NUMBER] [--personas FILE] [--seed NUMBER] [--speed FACTOR] [--account SID] [--mute]",
            "A carrier to practise on: it calls personas."
        ),
        ("demo", "", "Hear the product work, with a host of its own."),
        ("help", "[NAMESPACE [VERB]]", "What a command does."),
        ("completions", "bash|zsh|fish", "Completions for a shell."),
    ]

    /// Commands of the executable itself that stand beside those of the host.
    static let ownVerbs: [(namespace: String, verb: String, arguments: String, summary: String)] = [
        (
            "agent", "test", "FILE... [--only TEXT] [--config FILE] [--verbose] [--json]",
            "Play scripted conversations with an agent, without a host"
        ),
        (
            "campaign", "simulate",
            "FILE [--leads N] [--days N] [--seed N] [--from DAY] [--html FILE] [--json | --csv]",
            "Play a campaign's days in virtual time, without a host"
        ),
        (
            "config", "check", "[--connect] [--json] FILE",
            "Everything that is wrong with a configuration, and with what it names outside; without a host"
        ),
    ]

    private let interface: Interface

    init(_ interface: Interface) { self.interface = interface }

    /// `words` name nothing, a namespace, or a namespace and a verb.
    func text(about words: [String]) throws(ConsoleFailure) -> String {
        guard let first = words.first else { return overview }
        if let own = Self.ownCommands.first(where: { $0.name == first }) {
            return "patchbay \(own.name) \(own.arguments)\n\n\(own.summary)\n"
        }
        let names = Names(interface)
        let namespace = try names.namespace(first)
        guard words.count > 1 else { return self.namespace(namespace) }
        if let own = Self.ownVerbs.first(where: { $0.namespace == namespace && $0.verb == words[1] }) {
            return "Usage: patchbay \(namespace) \(own.verb) \(own.arguments)\n\n\(own.summary).\n"
        }
        return operation(try names.operation(namespace, words[1]))
    }

    var overview: String {
        var text = "patchbay: an AI call centre.\n\nUsage: patchbay COMMAND ...\n\n"
        for own in Self.ownCommands {
            text += "  " + "\(own.name) \(own.arguments)".padded(to: 34) + own.summary + "\n"
        }
        text += "\nA running host is asked with NAMESPACE VERB:\n\n"
        for namespace in interface.namespaces {
            for operation in visible(namespace) {
                text += "  " + "\(namespace) \(operation.verb)".padded(to: 24) + operation.summary + "\n"
            }
            for own in Self.ownVerbs where own.namespace == namespace {
                text += "  " + "\(namespace) \(own.verb)".padded(to: 24) + own.summary + "\n"
            }
        }
        return text + "\n" + Self.closing
    }

    private static let closing = """
        Flags of all of them: --json, --socket PATH, --timeout SECONDS, --help.
        The socket is --socket, else $PATCHBAY_SOCKET, else state/control.sock, /run/patchbay/control.sock or
        /var/lib/patchbay/control.sock.
        Exit codes: 0 done, 1 the host answered with an error, 2 not a command, 3 no host answers, 4 no answer in time.

        """

    func namespace(_ namespace: String) -> String {
        var text = "Usage: patchbay \(namespace) VERB ...\n\n"
        for operation in visible(namespace) {
            text += "  " + Self.synopsis(operation) + "\n      " + operation.summary + "\n"
        }
        for own in Self.ownVerbs where own.namespace == namespace {
            text += "  \(namespace) \(own.verb) \(own.arguments)\n      \(own.summary)\n"
        }
        return text + "\n`patchbay help \(namespace) VERB` tells more.\n"
    }

    func operation(_ operation: Operation) -> String {
        var text = "Usage: patchbay \(Self.synopsis(operation))\n\n\(operation.summary).\n"
        if !operation.description.isEmpty { text += "\(operation.description)\n" }
        if !operation.parameters.isEmpty { text += "\n" }
        for parameter in operation.parameters {
            let isSaved = parameter.name == operation.hints.saved
            let flag = isSaved ? "--\(parameter.name) FILE" : Self.flag(parameter, interface)
            text += "  " + flag.padded(to: 30) + summary(parameter) + "\n"
        }
        for flag in Invocation.ownFlags(of: operation) {
            text += "  " + "--\(flag.name)".padded(to: 30) + flag.summary + "\n"
        }
        if operation.hints.isVerbless { text += "\nThe verb may be left out.\n" }
        text += "\nNeeds the role \(operation.role.rawValue). Common flags: --json, --socket PATH, --timeout SECONDS.\n"
        return text
    }

    private func visible(_ namespace: String) -> [Operation] {
        interface.callable.filter { $0.namespace == namespace && !$0.hints.isHidden }
    }

    private func summary(_ parameter: Parameter) -> String {
        let schema = interface.resolve(parameter.schema)
        var text = parameter.summary
        if let allowed = schema["enum"]?.array, allowed.count <= 12 {
            text += " One of: \(allowed.compactMap(\.string).joined(separator: ", "))."
        }
        if let other = schema["default"] { text += " Default: \(other.string ?? other.description)." }
        return text
    }

    /// `plugin swap NAME [PATH] [--config JSON] ...`
    static func synopsis(_ operation: Operation) -> String {
        var parts = [operation.namespace, operation.verb]
        for name in operation.hints.positional {
            let isRequired = operation.parameters.first { $0.name == name }?.isRequired ?? false
            parts.append(isRequired ? name.uppercased() : "[\(name.uppercased())]")
        }
        for parameter in operation.parameters where !operation.hints.positional.contains(parameter.name) {
            let flag = "--\(parameter.name) ..."
            parts.append(parameter.isRequired ? flag : "[\(flag)]")
        }
        return parts.joined(separator: " ")
    }

    /// `--drain_s NUMBER`
    static func flag(_ parameter: Parameter, _ interface: Interface) -> String {
        let schema = interface.resolve(parameter.schema)
        let value: String
        switch schema["type"]?.string {
        case "boolean": return "--\(parameter.name)"
        case "integer", "number": value = "NUMBER"
        case "array":
            let items = interface.resolve(schema["items"] ?? [:])["type"]?.string
            value = items == "object" ? "JSON|@FILE|-" : "A,B"
        case "object": value = "JSON|@FILE|-"
        default: value = parameter.name == "path" ? "PATH" : "TEXT"
        }
        return "--\(parameter.name) \(value)"
    }
}
