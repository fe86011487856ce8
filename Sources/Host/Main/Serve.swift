import CLinux
import Core
import Glibc
import IO
import Synchronization

/// `patchbay serve --config FILE`: runs the host until a signal, then drains.
enum Serve {
    static func run(_ arguments: [String]) async -> Int32 {
        do throws(StartFailure) {
            let configuration = try Configuration.read(path(arguments))
            configure(configuration.log)
            _ = clinux_raise_descriptor_limit()
            let host = try await Host(configuration)
            let control = try ControlPlane(host)
            announce(host)
            await untilSignal()
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

    private static func path(_ arguments: [String]) throws(StartFailure) -> String {
        if arguments.count == 2, arguments[0] == "--config" { return arguments[1] }
        if let argument = arguments.first, argument.hasPrefix("--config="), arguments.count == 1 {
            return String(argument.dropFirst(9))
        }
        throw StartFailure("usage: patchbay serve --config FILE (examples/patchbay.json is one)")
    }

    private static func configure(_ logging: Configuration.Logging) {
        Log.configure { settings in
            settings.level = Log.Level.allCases.first { $0.name == logging.level } ?? .info
            settings.format = logging.format == "json" ? .json : .text
            settings.showsPrivate = logging.personal
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

    /// Returns at the first SIGTERM or SIGINT.
    private static func untilSignal() async {
        guard let loop = try? PollLoop(name: "signals") else { return }
        loop.start()
        let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
        await withCheckedContinuation { continuation in
            waiting.withLock { $0 = continuation }
            do throws(IOFailure) {
                try Signals.watch(on: loop) { _ in
                    let first = waiting.withLock { waiting in
                        defer { waiting = nil }
                        return waiting
                    }
                    // A second one means it: do not wait for callers.
                    guard let first else { exit(130) }
                    first.resume()
                }
            } catch {
                waiting.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }
}
