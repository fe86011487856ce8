import Console
import Core
import Glibc
import IO
import JSONKit

/// The host as a process of its own, as an operator runs it.
final class DemoHost {
    private let folder: DemoFolder
    private let process: ChildProcess

    /// Starts the host and waits until it answers.
    init(_ folder: DemoFolder) throws(DemoFailure) {
        self.folder = folder
        setenv("PATCHBAY_SECRET_TWILIO_AUTH_TOKEN", folder.authToken, 1)
        do throws(IOFailure) {
            // Its greeting belongs in a file: standard output is the conversation's.
            process = try ChildProcess(
                "/proc/self/exe",
                ["serve", "--config", folder.configurationPath],
                output: "\(folder.path)/host.out"
            )
        } catch { throw DemoFailure("the host could not be started: \(error)") }
        try waitUntilReady()
    }

    /// Lets the host drain and waits for its end.
    func stop() { process.stop() }

    func client() throws(DemoFailure) -> ControlClient {
        do { return try ControlClient(folder.socket) } catch { throw DemoFailure("\(error)") }
    }

    private func waitUntilReady() throws(DemoFailure) {
        for _ in 0..<300 {
            if let client = try? ControlClient(folder.socket),
                let health = try? client.call("system.health", seconds: 2)
            {
                guard health["status"]?.string == "ok" else { throw DemoFailure("the host is not ready: \(health)") }
                return
            }
            guard process.exitCode() == nil else {
                throw DemoFailure("the host ended at once; what it said stands above")
            }
            usleep(50_000)
        }
        throw DemoFailure("the host was not ready within 15 s")
    }
}
