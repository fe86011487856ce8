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
    private(set) var pid: pid_t = 0
    static let token = "0123456789abcdef"
    static let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    /// Where SwiftPM puts programs and libraries: beside the test runner.
    static let binaries = String(CommandLine.arguments[0].prefix(upTo: CommandLine.arguments[0].lastIndex(of: "/")!))

    /// Writes a configuration; `change` may bend it.
    init(_ change: (inout JSONObject) -> Void = { _ in }) throws {
        var template = Array("/tmp/patchbay-host-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        port = Self.freePort()
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
            "plugins": .array(plugins),
            "routes": .object(routes),
            "agents": [.string("\(Self.repository)/examples/agents/front-desk.json")],
            "numbers": [["to": "*", "agent": "front-desk"]],
            "collections": [
                ["name": "handbook", "documents": [.string("\(Self.repository)/examples/documents/handbook.md")]]
            ],
            "limits": ["drain_s": 1],
        ]
        change(&configuration)
        let file = fopen("\(folder)/patchbay.json", "w")
        fputs(JSON.object(configuration).pretty, file)
        fclose(file)
    }

    deinit {
        kill()
        _ = system("rm -rf '\(folder)'")
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
    func startInVain() throws -> (code: Int32, output: String) {
        try spawn()
        var status: Int32 = 0
        for _ in 0..<400 {
            if waitpid(pid, &status, WNOHANG) == pid { break }
            usleep(25_000)
        }
        pid = 0
        return (status >> 8 & 255, read("\(folder)/output"))
    }

    private func spawn() throws {
        setenv("PATCHBAY_SECRET_TWILIO_AUTH_TOKEN", Self.token, 1)
        let binary = "\(Self.binaries)/patchbay"
        var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup(binary), strdup("serve"), strdup("--config"), strdup("\(folder)/patchbay.json"), nil,
        ]
        defer { for argument in arguments { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/output", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn(&pid, binary, &actions, nil, &arguments, environ)
    }

    /// As the kernel does it: no chance to clean up.
    func kill() { end(SIGKILL) }

    /// As an operator does it.
    func stop() { end(SIGTERM) }

    private func end(_ signal: Int32) {
        guard pid > 0 else { return }
        Glibc.kill(pid, signal)
        waitpid(pid, nil, 0)
        pid = 0
    }

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

    private static func freePort() -> Int {
        let probe = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, length)
                getsockname(probe, $0, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }
}
