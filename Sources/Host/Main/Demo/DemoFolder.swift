import Carrier
import Core
import Glibc
import IO
import JSONKit

/// The demonstration's own state folder and the configuration of its host.
struct DemoFolder {
    let path: String
    let port: Int
    /// Where the carrier's REST API is.
    let carrierPort: Int
    /// What the simulated carrier signs with.
    let authToken: String

    var publicURL: String { "http://127.0.0.1:\(port)" }
    var socket: String { "\(path)/control.sock" }
    var configurationPath: String { "\(path)/patchbay.json" }

    /// Makes an empty folder and writes the configuration: the example's, with its own state, port and agent.
    init(examples: String, chaos: Bool) throws(DemoFailure) {
        path = getenv("PATCHBAY_DEMO_STATE").map { String(cString: $0) } ?? "\(Files.absolute("demo-state"))"
        (port, carrierPort) = (LoopbackPort.unused(), LoopbackPort.unused())
        authToken = CallID.make().rawValue
        Self.empty(path)
        let example = Files.read("\(examples)/patchbay.json").flatMap { try? JSONWithComments.parse($0) }
        guard case .object(var configuration)? = example else {
            throw DemoFailure("\(examples)/patchbay.json cannot be read")
        }
        if chaos { configuration = DemoChaos.withBackups(configuration) }
        configuration["state"] = .string(path)
        configuration["listen"] = ["host": "127.0.0.1", "port": .int(Int64(port))]
        configuration["public_url"] = .string(publicURL)
        configuration["log"] = ["level": "warning"]
        configuration["agents"] = [.string("\(examples)/agents/front-desk.json")]
        configuration["collections"] = [
            ["name": "handbook", "documents": [.string("\(examples)/documents/handbook.md")]]
        ]
        configuration["plugins"] = .array((configuration["plugins"]?.array ?? []).map { practising(inside($0)) })
        let text = Array(JSON.object(configuration).pretty.utf8)
        guard let file = fopen(configurationPath, "w") else {
            throw DemoFailure("\(configurationPath): \(Files.lastError())")
        }
        fwrite(text, 1, text.count, file)
        fclose(file)
    }

    /// A plugin that writes files writes them here.
    private func inside(_ plugin: JSON) -> JSON {
        guard case .object(var entry) = plugin, case .object(var config)? = entry["config"],
            let folder = config["folder"]?.string
        else { return plugin }
        config["folder"] = .string("\(path)/\(folder.split(separator: "/").last ?? "files")")
        entry["config"] = .object(config)
        return .object(entry)
    }

    /// The telephony plugin asks the carrier in this process.
    private func practising(_ plugin: JSON) -> JSON {
        guard case .object(var entry) = plugin, entry["path"] == "libtelephony-twilio.so" else { return plugin }
        var config = entry["config"]?.object ?? [:]
        config["account_sid"] = .string(CarrierAccount(authToken: authToken).sid)
        config["base_url"] = .string("http://127.0.0.1:\(carrierPort)")
        entry["config"] = .object(config)
        return .object(entry)
    }

    private static func empty(_ path: String) {
        guard path.count > 1 else { return }
        _ = (try? ChildProcess("/bin/rm", ["-rf", path]))?.exitCode(within: 30)
        mkdir(path, 0o700)
    }
}
