import Console
import Glibc
import Services

/// A host as an operator starts it, to be killed.
final class HostProcess {
    let name: String
    let port: UInt16
    let configuration: String
    let state: String
    let socket: String
    private let folder: String
    private let libraries: String
    private var process: ServerProcess?

    init(_ name: String, _ folder: String, _ libraries: String) throws {
        (self.name, self.libraries) = (name, libraries)
        self.folder = "\(folder)/\(name)"
        mkdir(self.folder, 0o700)
        port = try ServerProcess.freePort()
        (configuration, state) = ("\(self.folder)/patchbay.json", "\(self.folder)/state")
        socket = "\(self.folder)/control"
    }

    /// Starts it and returns when it answers.
    func start() throws {
        process = try ServerProcess(
            [
                "env", "PATCHBAY_SECRET_TWILIO_AUTH_TOKEN=practice", "\(libraries)/patchbay", "serve", "--config",
                configuration,
            ],
            folder: folder
        )
        do {
            try ServerProcess.wait(seconds: 60, for: name) {
                (try? ControlClient(socket).call("system.info", seconds: 5)) != nil
            }
        } catch {
            _ = system("tail -5 '\(folder)/out.log' >&2")
            throw error
        }
    }

    /// As a power cut does.
    func kill() {
        process?.kill()
        process = nil
    }

    func stop() {
        process?.stop()
        process = nil
    }
}
