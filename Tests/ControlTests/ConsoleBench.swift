import JSONKit
import Synchronization

@testable import Console

/// Runs commands and collects what they print.
final class ConsoleBench: Output {
    private let printed = Mutex("")
    private let complained = Mutex("")
    let width: Int?
    let hasColour = false

    init(width: Int? = nil) { self.width = width }

    func print(_ text: String) { printed.withLock { $0 += text } }
    func complain(_ text: String) { complained.withLock { $0 += text } }

    var complaints: String { complained.withLock { $0 } }

    /// One command; its exit code and what it wrote.
    func run(
        _ arguments: String...,
        socket: String = "/nowhere/control.sock",
        files: [String: String] = [:]
    ) -> (code: Int32, output: String, errors: String) {
        printed.withLock { $0 = "" }
        complained.withLock { $0 = "" }
        let environment = Environment(
            socket: socket,
            workingFolder: "/home/operator",
            read: { path throws(ConsoleFailure) in
                guard let text = files[path] else { throw .usage("\(path): No such file or directory") }
                return Array(text.utf8)
            }
        )
        let code = Console.run(arguments: arguments, output: self, environment: environment)
        return (code, printed.withLock { $0 }, complained.withLock { $0 })
    }
}
