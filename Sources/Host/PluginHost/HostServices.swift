public import Core
import Glibc
public import IO
import JSONKit
import Synchronization

/// What the host offers to plugins, shared by all of them.
public final class HostServices: Sendable {
    /// Carries timers.
    let loop: any EventLoop
    let http: HTTPClient
    private let secretsFolder: String
    /// Carries plugins' WebSockets; made when the first is wanted.
    private let sockets = Mutex<SocketLoop?>(nil)

    /// `loop` carries the plugins' timers, `http` their requests; `secretsFolder` holds one file a secret.
    public init(loop: any EventLoop, http: HTTPClient, secretsFolder: String) {
        (self.loop, self.http, self.secretsFolder) = (loop, http, secretsFolder)
    }

    /// The loop of plugins' WebSockets.
    func socketLoop() throws(IOFailure) -> SocketLoop {
        try sockets.withLock { loop throws(IOFailure) in
            if let loop { return loop }
            var limits = SocketLoop.Limits()
            (limits.messageBytes, limits.queuedBytes) = (1 << 20, 1 << 20)
            let made = try SocketLoop(name: "plugin-sockets", limits: limits)
            made.start()
            loop = made
            return made
        }
    }

    deinit { sockets.withLock { $0 }?.stop() }

    /// Runs `work` on the service loop after a delay.
    func after(_ delay: Duration, _ work: @escaping @Sendable () -> Void) {
        loop.perform { self.loop.schedule(after: delay, work) }
    }

    /// A secret from `PATCHBAY_SECRET_<NAME>`, else from a file of that name that others cannot read; nil without one.
    public func secret(_ name: String) -> String? { Self.secret(name, in: secretsFolder) }

    /// The same from any folder.
    public static func secret(_ name: String, in folder: String) -> String? {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "-")
        }
        guard isPlain, !name.isEmpty else { return nil }
        if let value = getenv(variable(of: name)) { return String(cString: value) }
        return readFile("\(folder)/\(name)")
    }

    /// The variable that a secret is looked for in.
    public static func variable(of name: String) -> String {
        "PATCHBAY_SECRET_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private static func readFile(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return nil }
        guard info.st_mode & 0o077 == 0 else {
            Log("secrets").error(
                "a secret's file can be read by others and is not used; chmod 600 it",
                ["path": .string(path)]
            )
            return nil
        }
        var content = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &content, content.count)
        guard count > 0 else { return nil }
        var text = Substring(decoding: content[0..<count], as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
