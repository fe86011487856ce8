import RPCSchema

/// `packaging/patchbay.1`, from the document.
struct ManualPage {
    private let interface: Interface

    init(_ interface: Interface) { self.interface = interface }

    var text: String {
        var page = """
            .\\" Rendered by `patchbay manual`; do not edit.
            .TH PATCHBAY 1 "" "Patchbay" "User Commands"
            .SH NAME
            patchbay \\- an AI call centre, and the command line of a running one
            .SH SYNOPSIS
            .B patchbay serve \\-\\-config
            .I FILE
            .br
            .B patchbay loader \\-\\-config
            .I FILE
            .br
            .B patchbay demo
            .br
            .B patchbay carrier
            .RI [ FLAG ...]
            .br
            .B patchbay
            .I NAMESPACE VERB
            .RI [ ARGUMENT ...]
            .RB [ \\-\\-json ]
            .RB [ \\-\\-socket
            .IR PATH ]
            .SH DESCRIPTION
            .B patchbay serve
            runs a host,
            .B patchbay loader
            loads what a broker has into the warehouse; everything else asks a host over its control socket. Results are tables for people, and JSON
            with
            .BR \\-\\-json .
            A parameter that is an object is given as JSON, as
            .BI @ FILE\\fR,
            or as
            .B \\-
            for standard input.
            .SH COMMANDS

            """
        for operation in interface.callable where !operation.hints.isHidden { page += entry(operation) }
        for own in Help.ownVerbs {
            page +=
                ".SS \(Self.escaped("\(own.namespace) \(own.verb) \(own.arguments)"))\n\(Self.escaped(own.summary)).\n"
        }
        return page + Self.ending
    }

    private func entry(_ operation: Operation) -> String {
        var text = ".SS \(Self.escaped(Help.synopsis(operation)))\n\(Self.escaped(operation.summary)).\n"
        if !operation.description.isEmpty { text += "\(Self.escaped(operation.description))\n" }
        for parameter in operation.parameters {
            text += ".TP\n.B \(Self.escaped(Help.flag(parameter, interface)))\n\(Self.escaped(parameter.summary))\n"
        }
        return text
    }

    private static let ending = """
        .SH EXIT STATUS
        .TP
        .B 0
        Done.
        .TP
        .B 1
        The host answered with an error.
        .TP
        .B 2
        Not a command, or a wrong argument.
        .TP
        .B 3
        No host answers.
        .TP
        .B 4
        No answer in time.
        .SH ENVIRONMENT
        .TP
        .B PATCHBAY_SOCKET
        The host's control socket. Without it and without
        .B \\-\\-socket
        these are tried: state/control.sock, /run/patchbay/control.sock, /var/lib/patchbay/control.sock.
        .TP
        .B NO_COLOR
        No colours, also on a terminal.
        .SH SEE ALSO
        docs/RPC.md and docs/OPERATIONS.md of the source.

        """

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "-": result += "\\-"
            case "\\": result += "\\e"
            default: result.append(character)
            }
        }
        // A line that begins with a dot or a quote would be a request.
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&\(result)" : result
    }
}
