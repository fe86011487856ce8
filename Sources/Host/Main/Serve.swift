import CLinux
import Core
import Glibc
import IO

/// `patchbay serve --config FILE`: runs the host until a signal, then drains.
enum Serve {
    static func run(_ arguments: [String]) async -> Int32 {
        do throws(StartFailure) {
            let configuration = try Configuration.read(Configuration.path(arguments, of: "serve"))
            configuration.log.apply()
            _ = clinux_raise_descriptor_limit()
            let host = try await Host(configuration)
            let control = try ControlPlane(host)
            announce(host)
            await Termination.wait()
            Terminal.print(
                "Draining: live calls may finish within \(configuration.limits.drain.components.seconds) s. Once more ends them now."
            )
            await host.stop()
            control.stop()
            Terminal.print("Stopped. State is in \(configuration.state).")
            return 0
        } catch {
            Terminal.complain("patchbay: \(error)")
            return 1
        }
    }

    private static func announce(_ host: Host) {
        let configuration = host.configuration
        let socket = configuration.control.path
        Terminal.print(
            """
            Patchbay is ready.
              calls      http://\(host.server.host):\(host.server.port)  (the carrier calls \(configuration.publicURL)/telephony/telephony-twilio/voice)
              control    \(socket)
              state      \(configuration.state)
            Try next, in another terminal:
              export PATCHBAY_SOCKET=\(socket)
              patchbay plugin list
              patchbay event subscribe
              curl http://\(host.server.host):\(host.server.port)/readyz
            Stop with Ctrl-C: live calls may finish.
            """
        )
        for (plugin, problem) in host.problems() { Terminal.print("Mind: \(plugin): \(problem)") }
    }
}
