import CLinux
import Glibc

/// Standard output and standard error.
final class DescriptorOutput: Output {
    static let standard = DescriptorOutput()

    let width: Int?
    let hasColour: Bool

    private init() {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let columns = Int(clinux_terminal_width(STDOUT_FILENO))
        width = isTerminal && columns > 0 ? columns : nil
        let refuses = getenv("NO_COLOR").map { String(cString: $0).isEmpty == false } ?? false
        hasColour = isTerminal && !refuses
    }

    func print(_ text: String) { write(text, to: STDOUT_FILENO) }
    func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    private func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
