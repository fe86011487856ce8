import CLinux
import Core
import Glibc
import JSONKit

/// One test of one library: started by the validator, performed in its child, the finding passed in a file.
struct CheckJob {
    let library: String
    let config: JSON
    /// For private copies, the finding and what the plugin prints.
    let folder: String
    let test: CheckTest

    init(library: String, config: JSON, folder: String, test: CheckTest) {
        (self.library, self.config, self.folder, self.test) = (library, config, folder, test)
    }

    /// From the child's arguments: library, test, folder, configuration.
    init?(arguments: [String]) {
        guard arguments.count == 4, let number = Int(arguments[1]), CheckTest.allCases.indices.contains(number),
            let config = try? JSON(parsing: arguments[3])
        else { return nil }
        self.init(library: arguments[0], config: config, folder: arguments[2], test: CheckTest.allCases[number])
    }

    private var findingPath: String { "\(folder)/finding.json" }
    private var outputPath: String { "\(folder)/output.txt" }

    // MARK: The validator's side

    /// Runs the test in a child and waits for it: at most its own time, and never beyond `deadline`.
    func run(_ program: String, until deadline: Moment) -> CheckReport.Entry {
        let start = Moment.now()
        func entry(_ outcome: CheckReport.Outcome, _ message: String) -> CheckReport.Entry {
            let took = Double((Moment.now() - start).wholeMicroseconds) / 1000
            return CheckReport.Entry(name: test.rawValue, outcome: outcome, message: message, milliseconds: took)
        }
        unlink(findingPath)
        unlink(outputPath)
        let child = spawn(program)
        guard child > 0 else { return entry(.failed, "\(program) could not be started") }
        guard let status = Self.wait(for: child, until: min(deadline, start + .seconds(test.seconds))) else {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
            return entry(.crashed, "did not come to an end in time" + lastWords)
        }
        guard status == 0, let text = Self.read(findingPath), let json = try? JSON(parsing: text) else {
            return entry(.crashed, Self.describe(status) + lastWords)
        }
        return entry(
            CheckReport.Outcome(rawValue: json["outcome"]?.string ?? "") ?? .failed,
            json["detail"]?.string ?? ""
        )
    }

    private func spawn(_ program: String) -> Int32 {
        let null = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
        let output = Glibc.open(outputPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer {
            close(null)
            close(output)
        }
        let words = [program, "check-plugin", library, "\(number)", folder, config.description]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        // The signal tells of a crash; the runtime's own report of it takes most of a second.
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("SWIFT_BACKTRACE=enable=no")]
        defer { free(environment[0]) }
        var variable = clinux_environment()
        while let text = variable?.pointee {
            if strncmp(text, "SWIFT_BACKTRACE=", 16) != 0 { environment.append(text) }
            variable = variable?.advanced(by: 1)
        }
        environment.append(nil)
        return clinux_spawn(program, &arguments, &environment, null, output, output)
    }

    private var number: Int { CheckTest.allCases.firstIndex(of: test) ?? 0 }

    /// How the child ended; nil: it runs still.
    private static func wait(for child: Int32, until deadline: Moment) -> Int32? {
        var status: Int32 = 0
        while waitpid(child, &status, WNOHANG) != child {
            guard Moment.now() < deadline else { return nil }
            usleep(2000)
        }
        return status
    }

    private static func describe(_ status: Int32) -> String {
        let signal = status & 0x7F
        if signal != 0 { return "ended the process: \(String(cString: strsignal(signal)))" }
        return "ended the process with code \(status >> 8 & 0xFF)"
    }

    /// The last line that the plugin printed.
    private var lastWords: String {
        guard let line = Self.read(outputPath)?.split(separator: "\n").last else { return "" }
        return "; last line: \(line.prefix(200))"
    }

    private static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var content = [UInt8](repeating: 0, count: 65536)
        let count = fread(&content, 1, content.count, file)
        return String(decoding: content.prefix(count), as: UTF8.self)
    }

    // MARK: The child's side

    /// Runs the test in this process; the process's exit code.
    func perform() -> Int32 {
        let finding: Verdict
        do throws(Verdict) {
            finding = try CheckStage(self).perform()
        } catch {
            finding = error
        }
        let json: JSON = ["outcome": .string(finding.outcome.rawValue), "detail": .string(finding.detail)]
        guard let file = fopen(findingPath, "w") else { return 1 }
        fputs(json.description, file)
        fclose(file)
        // What the plugin has running, or does at the process's end, is no part of this test.
        _exit(0)
    }
}
