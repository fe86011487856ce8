import Carrier
import Console
import Core
import Glibc
import IO
import JSONKit

/// A host as an operator runs it: a process of its own, with a state folder of its own.
final class TestHost {
    let folder: String
    let port: Int
    private var process: ChildProcess?
    static let token = "0123456789abcdef"
    static let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    /// Where SwiftPM puts programs and libraries: beside the test runner.
    static let binaries = String(CommandLine.arguments[0].prefix(upTo: CommandLine.arguments[0].lastIndex(of: "/")!))

    /// Writes a configuration; `change` may bend it.
    init(_ change: (inout JSONObject) -> Void = { _ in }) throws {
        var template = Array("/tmp/patchbay-host-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        port = LoopbackPort.unused()
        var plugins: [JSON] = []
        for name in [
            "telephony-twilio", "asr-pocketsphinx", "intent-examples", "llm-templates", "tts-flite", "embedder-hash",
        ] {
            plugins.append(["path": .string("\(Self.binaries)/lib\(name).so")])
        }
        plugins.append([
            "path": .string("\(Self.binaries)/libcrm-file.so"), "config": ["folder": .string("\(folder)/crm")],
        ])
        plugins.append([
            "path": .string("\(Self.binaries)/libblobs-file.so"), "config": ["folder": .string("\(folder)/blobs")],
        ])
        var routes = JSONObject()
        for plugin in [
            "asr-pocketsphinx", "intent-examples", "llm-templates", "tts-flite", "embedder-hash", "crm-file",
            "blobs-file",
        ] {
            routes[String(plugin.prefix { $0 != "-" })] = [["plugin": .string(plugin)]]
        }
        var configuration: JSONObject = [
            "state": .string("\(folder)/state"),
            "listen": ["host": "127.0.0.1", "port": .int(Int64(port))],
            "public_url": .string("http://127.0.0.1:\(port)"),
            "log": ["level": "warning"],
            "secrets": .string("\(folder)/secrets"),
            "plugins": .array(plugins),
            "routes": .object(routes),
            "agents": [.string("\(Self.repository)/examples/agents/front-desk.json")],
            "numbers": [["to": "*", "agent": "front-desk"]],
            "collections": [
                ["name": "handbook", "documents": [.string("\(Self.repository)/examples/documents/handbook.md")]]
            ],
            "limits": ["drain_s": 1],
        ]
        // In a file, not in the environment, which is also that of the other tests.
        mkdir("\(folder)/secrets", 0o700)
        try keep(Self.token, as: "twilio_auth_token")
        change(&configuration)
        let file = fopen("\(folder)/patchbay.json", "w")
        fputs(JSON.object(configuration).pretty, file)
        fclose(file)
    }

    deinit {
        kill()
        _ = system("rm -rf '\(folder)'")
    }

    /// Puts a secret into its file.
    func keep(_ secret: String, as name: String) throws {
        guard let file = fopen("\(folder)/secrets/\(name)", "w") else { throw StartTimeout() }
        fputs(secret, file)
        fclose(file)
        chmod("\(folder)/secrets/\(name)", 0o600)
    }

    var socket: String { "\(folder)/state/control.sock" }
    var address: String { "http://127.0.0.1:\(port)" }

    /// Starts the host and waits until it answers.
    func start() throws {
        try spawn()
        for _ in 0..<400 {
            if let client = try? ControlClient(socket), (try? client.call("system.health", seconds: 2)) != nil {
                return
            }
            usleep(25_000)
        }
        throw StartTimeout()
    }

    struct StartTimeout: Error {}

    /// Starts the host and returns what it says when it ends by itself, with its exit code.
    func startInVain() throws -> (code: Int32?, output: String) {
        try spawn()
        return (process?.exitCode(within: 10), read("\(folder)/output"))
    }

    private func spawn() throws {
        process = try ChildProcess(
            "\(Self.binaries)/patchbay",
            ["serve", "--config", "\(folder)/patchbay.json"],
            output: "\(folder)/output",
            joinsErrors: true
        )
    }

    var pid: Int { process?.identifier ?? 0 }

    /// As the kernel does it: no chance to clean up.
    func kill() { process?.kill() }

    /// As an operator does it.
    func stop() { process?.stop() }

    func client() throws -> ControlClient { try ControlClient(socket) }

    /// All events so far.
    func events() throws -> [JSON] {
        try client().call("event.list", ["after": 0, "limit": 1000])["items"]?.array ?? []
    }

    func topics() throws -> [String] { try events().compactMap { $0["topic"]?.string } }

    func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 100_000)
        return String(decoding: text[0..<fread(&text, 1, text.count, file)], as: UTF8.self)
    }
}
