import Glibc
import Services
import Staging

/// The CRM as a process of its own, to be stopped: `bench-outages desk PORT JOURNAL`. What it has taken is in the journal.
final class CRMProcess {
    let port: UInt16
    private let folder: String
    private var process: ServerProcess?

    init() throws {
        (folder, port) = (try ServerProcess.makeFolder(), try ServerProcess.freePort())
        try start()
    }

    deinit {
        process?.kill()
        _ = system("rm -rf '\(folder)'")
    }

    private var journal: String { "\(folder)/journal" }

    func start() throws {
        guard let own = realpath("/proc/self/exe", nil) else { throw BenchFailure("no path of this program") }
        defer { free(own) }
        process = try ServerProcess([String(cString: own), "desk", "\(port)", journal], folder: folder)
        try ServerProcess.wait(seconds: 10, for: "the CRM") { access(journal, F_OK) == 0 }
    }

    func kill() {
        process?.kill()
        process = nil
    }

    func pause() { process?.pause() }
    func resume() { process?.resume() }

    /// The identifiers of the records it has.
    var taken: Set<String> {
        guard let file = fopen(journal, "r") else { return [] }
        defer { fclose(file) }
        var (found, line): (Set<String>, [CChar]) = ([], [CChar](repeating: 0, count: 512))
        while fgets(&line, 512, file) != nil {
            let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if text.hasSuffix("\n") { found.insert(String(text.dropLast())) }
        }
        return found
    }

    /// Serves until it is killed.
    static func serve(port: UInt16, journal: String) throws -> Never {
        let desk = try CRMDesk(port: port, journal: journal)
        while true { withExtendedLifetime(desk) { _ = sleep(3600) } }
    }
}
