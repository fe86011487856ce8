import CLinux
import Core
import Glibc
public import JSONKit

/// Tries a library in a child process: whatever it does there, the host goes on.
public struct CheckRunner: Sendable {
    /// The program that runs `CheckProgram` when its first argument is `check-plugin`.
    private let program: String

    /// `program` is the host's own binary.
    public init(program: String) { self.program = program }

    /// Blocks until the child is done, or `limit` is over and it was killed; not for a loop.
    public func run(_ path: String, config: JSON = [:], within limit: Duration) throws(PluginError) -> CheckReport {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .failedCheck("no pipe: \(String(cString: strerror(errno)))") }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        let pid = spawn([program, "check-plugin", path, config.description], input: null, output: ends[1])
        close(ends[1])
        close(null)
        defer { close(ends[0]) }
        guard pid > 0 else { throw .failedCheck("\(program) could not be started") }
        let (lines, isOver) = read(ends[0], until: Moment.now() + limit)
        if !isOver { kill(pid, SIGKILL) }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return report(path, lines, isOver ? Self.cause(status) : "did not come to an end in time")
    }

    private func spawn(_ words: [String], input: Int32, output: Int32) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        // A backtrace of a plugin's crash would take longer than the check.
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("SWIFT_BACKTRACE=enable=no")]
        defer { free(environment[0]) }
        var variable = clinux_environment()
        while let text = variable?.pointee {
            if strncmp(text, "SWIFT_BACKTRACE=", 16) != 0 { environment.append(text) }
            variable = variable?.advanced(by: 1)
        }
        environment.append(nil)
        return clinux_spawn(program, &arguments, &environment, input, output, input)
    }

    /// Everything the child prints; whether it came to its end.
    private func read(_ descriptor: Int32, until deadline: Moment) -> (lines: [JSON], isOver: Bool) {
        var content: [UInt8] = []
        var isOver = false
        while !isOver, Moment.now() < deadline {
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, Int32(clamping: (deadline - Moment.now()).wholeMilliseconds)) > 0 else { continue }
            var piece = [UInt8](repeating: 0, count: 65536)
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count > 0 { content += piece[0..<count] } else { isOver = true }
        }
        let lines = content.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSON(parsing: String(decoding: line, as: UTF8.self))
        }
        return (lines, isOver)
    }

    /// What ended the child before its time; nil: nothing did.
    private static func cause(_ status: Int32) -> String? {
        let signal = status & 0x7F
        if signal != 0 { return "ended the process: \(String(cString: strsignal(signal)))" }
        let code = status >> 8 & 0xFF
        return code == 0 ? nil : "ended the process with code \(code)"
    }

    /// A test that was begun and never ended is the one that did it.
    private func report(_ path: String, _ lines: [JSON], _ cause: String?) -> CheckReport {
        var entries = lines.compactMap(CheckReport.Entry.init)
        if let cause {
            let begun = lines.last?["begin"]?.string ?? "runs to its end"
            entries.append(CheckReport.Entry(name: begun, outcome: .crashed, message: cause, milliseconds: 0))
        }
        return CheckReport(path: path, entries: entries)
    }
}
