import Glibc

/// A PostgreSQL server of its own, in a temporary folder, on a Unix socket there; durable as in production. It refuses to
/// run as root, so it runs as `postgres` then.
public final class PostgresServer {
    public let folder: String
    private static let programs = "/usr/lib/postgresql/15/bin"
    /// How the guardian's child becomes another user.
    private static let asOwner: [String] = getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--"] : []
    private var process: ServerProcess?
    private let port = 5432
    private var databases = 0

    /// - Parameter password: what the user `pb` has to say; nil: everybody is trusted.
    /// - Throws: where it does not start within ten seconds.
    public init(password: String? = nil) throws {
        folder = try ServerProcess.makeFolder()
        chmod(folder, 0o755)
        Shell.run("chown \(getuid() == 0 ? "postgres" : "$(id -un)") '\(folder)'")
        var options = "-D '\(folder)/data' -U pb -A trust --no-sync"
        if let password {
            let file = fopen("\(folder)/password", "w")
            fputs(password, file)
            fclose(file)
            chmod("\(folder)/password", 0o644)
            options = "-D '\(folder)/data' -U pb -A scram-sha-256 --pwfile '\(folder)/password' --no-sync"
        }
        let words = Self.asOwner.joined(separator: " ")
        guard Shell.run("cd / && \(words) \(Self.programs)/initdb \(options) > '\(folder)/initdb.log' 2>&1") == 0 else {
            throw ServiceFailure("initdb failed; see \(folder)/initdb.log")
        }
        try start()
    }

    deinit {
        kill()
        Shell.run("rm -rf '\(folder)'")
    }

    public func start() throws {
        let command =
            Self.asOwner + [
                "\(Self.programs)/postgres", "-D", "\(folder)/data", "-k", folder, "-c", "listen_addresses=",
                "-c", "unix_socket_permissions=0777",
            ]
        let ready = "\(Self.programs)/pg_isready -q -h '\(folder)' > /dev/null 2>&1"
        // After a kill its memory belongs for a moment to those that served connections, and it refuses to start.
        try ServerProcess.wait(seconds: 20, for: "postgres") {
            if process?.isRunning != true { process = try? ServerProcess(command, folder: folder) }
            return Shell.run(ready) == 0
        }
    }

    /// The postmaster, not the program that changes the user.
    private var postmaster: pid_t {
        guard let file = fopen("\(folder)/data/postmaster.pid", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, file)
        return pid_t(atoi(line))
    }

    /// All its processes at once, as a power cut does.
    public func kill() {
        let pid = postmaster
        if pid > 1 { Shell.run("pkill -9 -P \(pid) 2> /dev/null; kill -9 \(pid) 2> /dev/null") }
        process?.kill()
        process = nil
        unlink("\(folder)/data/postmaster.pid")
    }

    /// It and all that serve connections stand still.
    public func pause() { Shell.run("kill -STOP \(postmaster); pkill -STOP -P \(postmaster)") }

    public func resume() { Shell.run("kill -CONT \(postmaster); pkill -CONT -P \(postmaster)") }

    /// A database of its own; what `store.url` is set to.
    public func database() throws -> String {
        databases += 1
        let name = "db\(databases)_\(UInt32.random(in: 0...UInt32.max))"
        _ = try run("CREATE DATABASE \(name)")
        return "postgresql://pb@/\(name)?host=\(folder)"
    }

    /// Runs SQL with psql; its lines.
    @discardableResult
    public func run(_ sql: String, url: String? = nil) throws -> [String] {
        let url = url ?? "postgresql://pb@/postgres?host=\(folder)"
        guard let pipe = popen("\(Self.programs)/psql '\(url)' -XAtqc \"\(sql)\" 2>&1", "r") else {
            throw ServiceFailure("no psql")
        }
        var bytes: [UInt8] = []
        while true {
            let byte = fgetc(pipe)
            guard byte != EOF else { break }
            bytes.append(UInt8(byte))
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard pclose(pipe) == 0 else { throw ServiceFailure("psql: \(text)") }
        return text.split(separator: "\n").map(String.init)
    }
}
