import JSONKit
import RPCSchema

/// One command: parsed, sent, shown.
struct Command {
    private let interface: Interface
    private let output: any Output
    private let environment: Environment

    init(_ interface: Interface, _ output: any Output, _ environment: Environment) {
        (self.interface, self.output, self.environment) = (interface, output, environment)
    }

    /// `arguments` begins with the namespace.
    func run(_ arguments: [String]) throws(ConsoleFailure) -> Int32 {
        let names = Names(interface)
        if arguments[0].hasPrefix("-") {
            throw .usage("\(arguments[0]) needs a command behind it. See `patchbay help`")
        }
        let namespace = try names.namespace(arguments[0])
        if let operation = names.verbless(namespace, before: arguments.dropFirst().first) {
            return try send(try Invocation(operation, interface, Array(arguments.dropFirst()), environment))
        }
        guard arguments.count > 1 else {
            output.complain(Help(interface).namespace(namespace))
            return 2
        }
        if ["--help", "-h", "help"].contains(arguments[1]) {
            output.print(Help(interface).namespace(namespace))
            return 0
        }
        let operation = try names.operation(namespace, arguments[1])
        let rest = Array(arguments.dropFirst(2))
        if rest.contains("--help") || rest.contains("-h") {
            output.print(Help(interface).operation(operation))
            return 0
        }
        let invocation = try Invocation(operation, interface, rest, environment)
        return try send(invocation)
    }

    private func send(_ invocation: Invocation) throws(ConsoleFailure) -> Int32 {
        let operation = invocation.operation
        let client = try ControlClient(invocation.socket)
        let presenter = Presenter(output, asJSON: invocation.asJSON, asCSV: invocation.asCSV)
        let deadline = Double(operation.deadline.components.seconds) + 5
        let seconds = invocation.waits ? deadline : invocation.timeout ?? deadline
        let result = try client.call(operation.name, .object(invocation.parameters), seconds: seconds)
        if operation.hints.isStream { return try follow(client, presenter) }
        if invocation.waits { return try wait(for: result, invocation, client, presenter) }
        if let path = invocation.saving, let member = operation.hints.saved {
            try environment.write(path, Array((result[member]?.string ?? "").utf8))
            output.print("\(path)\n")
            return 0
        }
        presenter.show(result, of: operation)
        if let member = operation.hints.succeeds, result[member]?.bool == false { return 1 }
        return 0
    }

    /// Shows what came of it; a failure is one of the command, too.
    private func wait(
        for started: JSON,
        _ invocation: Invocation,
        _ client: ControlClient,
        _ presenter: Presenter
    ) throws(ConsoleFailure) -> Int32 {
        let name = invocation.operation.hints.awaits ?? ""
        guard let operation = interface.callable.first(where: { $0.name == name }) else {
            throw .usage("the host cannot tell how far it is")
        }
        let waiting = Waiting(client, output, operation, limit: invocation.timeout)
        let result = try waiting.result(of: started)
        presenter.show(result, of: operation)
        return result["state"]?.string == "done" ? 0 : 1
    }

    /// Prints what comes until the host goes away or the process is interrupted.
    private func follow(_ client: ControlClient, _ presenter: Presenter) throws(ConsoleFailure) -> Int32 {
        while true {
            guard let notification = try client.next(seconds: 3600) else { continue }
            presenter.show(notification: notification)
        }
    }
}
