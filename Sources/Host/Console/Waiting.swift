import Core
import Glibc
import JSONKit
import RPCSchema

/// Watches what a command has started until it is over: on a terminal with a bar that moves, otherwise in silence.
struct Waiting {
    private let client: ControlClient
    private let output: any Output
    private let operation: Operation
    private let limit: Double

    /// An hour, unless `--timeout` says something else.
    private static let standard = 3600.0
    private static let pause: UInt32 = 200_000

    /// `operation` tells of it.
    init(_ client: ControlClient, _ output: any Output, _ operation: Operation, limit: Double?) {
        (self.client, self.output, self.operation, self.limit) = (client, output, operation, limit ?? Self.standard)
    }

    /// What it is in the end. `started` names it.
    func result(of started: JSON) throws(ConsoleFailure) -> JSON {
        var parameters = JSONObject()
        for parameter in operation.parameters where parameter.isRequired {
            parameters[parameter.name] = started[parameter.name]
        }
        let end = Moment.now() + .seconds(limit)
        var isDrawn = false
        defer { if isDrawn { output.print("\n") } }
        while true {
            let state = try client.call(operation.name, .object(parameters))
            if let width = output.width {
                output.print("\r\u{1B}[K" + ProgressBar(state).line(width: width - 1))
                isDrawn = true
            }
            if let word = state["state"]?.string, !["queued", "running"].contains(word) { return state }
            guard Moment.now() < end else { throw .timedOut(operation.name) }
            usleep(Self.pause)
        }
    }
}
