import Console
import Glibc
import IO
import PluginHost

/// The executable: a host, a loader of the warehouse, a demonstration, or a client of a running host, by its first argument.
@main struct Patchbay {
    /// Not asynchronous: which signals are blocked must be settled before the first further thread is made.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "serve":
            Signals.block()
            finish { await Serve.run(Array(arguments.dropFirst())) }
        case "loader":
            Signals.block()
            finish { await Loader.run(Array(arguments.dropFirst())) }
        case "demo": finish { await Demo.run(Array(arguments.dropFirst())) }
        case "carrier": finish { await CarrierCommand.run(Array(arguments.dropFirst())) }
        case "agent" where arguments.dropFirst().first == "test":
            finish { await AgentTest.run(Array(arguments.dropFirst(2))) }
        case "campaign" where arguments.dropFirst().first == "simulate":
            exit(CampaignSimulation.run(Array(arguments.dropFirst(2))))
        case "config" where arguments.dropFirst().first == "check":
            finish { await ConfigCheck.run(Array(arguments.dropFirst(2))) }
        // The child of `plugin.check`.
        case "check-plugin": exit(CheckProgram.run(Array(arguments.dropFirst())))
        default: exit(Console.run(arguments: arguments))
        }
    }

    /// Runs `body` and ends the process with its code.
    private static func finish(_ body: @escaping @Sendable () async -> Int32) -> Never {
        Task.detached { exit(await body()) }
        while true { pause() }
    }
}
