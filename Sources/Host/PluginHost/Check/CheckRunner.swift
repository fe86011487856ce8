import Core
import Glibc
public import JSONKit

/// Tries a library in child processes, one a test: whatever it does there, the host goes on, and what one test broke does
/// not spoil the next.
public struct CheckRunner: Sendable {
    /// The program that hands its arguments to `CheckProgram` when the first one is `check-plugin`.
    private let program: String

    private let tests: [CheckTest]

    /// `program` is the host's own binary; `only` names the tests to run, all if it is empty.
    public init(program: String, only: [String] = []) {
        self.program = program
        tests = CheckTest.allCases.filter { only.isEmpty || only.contains($0.rawValue) }
    }

    /// Blocks until all is tried, or `limit` is over and what still ran was killed; not for a loop.
    public func run(_ path: String, config: JSON = [:], within limit: Duration) throws(PluginError) -> CheckReport {
        let deadline = Moment.now() + limit
        var entries = examine(path)
        if entries.allSatisfy({ $0.outcome != .failed }) {
            var template = Array("/tmp/patchbay-check-XXXXXX".utf8CString)
            guard let made = mkdtemp(&template) else {
                throw .failedCheck("no temporary folder: \(String(cString: strerror(errno)))")
            }
            let folder = String(cString: made)
            defer { Self.remove(folder) }
            for test in tests {
                let job = CheckJob(library: path, config: config, folder: folder, test: test)
                let entry = job.run(program, until: deadline)
                entries.append(entry)
                // What does not load, or cannot be created, cannot be asked anything more.
                if test.isCondition, entry.outcome != .passed, entry.outcome != .warning { break }
                if Moment.now() > deadline { break }
            }
        }
        return CheckReport(path: path, entries: entries)
    }

    /// What can be seen without running it.
    private func examine(_ path: String) -> [CheckReport.Entry] {
        let start = Moment.now()
        func entry(_ name: String, _ outcome: CheckReport.Outcome, _ message: String = "") -> CheckReport.Entry {
            let took = Double((Moment.now() - start).wholeMicroseconds) / 1000
            return CheckReport.Entry(name: name, outcome: outcome, message: message, milliseconds: took)
        }
        let image: ElfImage
        do throws(PluginError) { image = try ElfImage(path: path) } catch {
            return [entry("is a library for this machine", .failed, "\(error)")]
        }
        let file = entry("is a library for this machine", .passed)
        let (name, hidden) = ("exports one symbol", "compile with -fvisibility=hidden")
        guard image.isPlugin else {
            return [file, entry(name, .failed, "exports no patchbay_plugin_v1; is it a Patchbay plugin?")]
        }
        let unique = image.exports.filter(\.isUnique).map(\.name)
        if let first = unique.first {
            let text = "\(unique.count) unique symbols such as \(first): two versions would share them; \(hidden)"
            return [file, entry(name, .failed, text)]
        }
        // The linker's own, which older ones export.
        let harmless: Set = ["patchbay_plugin_v1", "_init", "_fini", "_edata", "_end", "__bss_start"]
        let others = image.exports.map(\.name).filter { !harmless.contains($0) }
        guard let first = others.first else { return [file, entry(name, .passed)] }
        return [file, entry(name, .warning, "\(others.count) more, such as \(first); \(hidden)")]
    }

    private static func remove(_ folder: String) {
        guard let directory = opendir(folder) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(folder)/\(name)")
        }
        closedir(directory)
        rmdir(folder)
    }
}
