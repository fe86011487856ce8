import Glibc
import JSONKit
import Testing

/// A vendor's own libraries for Python as a judge: what they say to our requests, and how they would answer.
struct Judge: Sendable {
    /// Google's recognition and synthesis.
    static let google = Judge("google-judge.py")
    /// OpenAI, Anthropic, Mistral, ElevenLabs.
    static let vendors = Judge("vendor-judge.py")

    static let hint: Comment = "the vendors' libraries are not there: scripts/judges fetches them"

    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    /// A Python that may have them: the one of `scripts/judges`, or another one that somebody names.
    private static let python =
        getenv("PATCHBAY_JUDGES_PYTHON").map { String(cString: $0) } ?? "\(root)/.build/judges/bin/python3"

    private let program: String
    /// Whether it can judge; asked once.
    let isThere: Bool

    private init(_ name: String) {
        program = "\(Self.root)/Tests/Programs/\(name)"
        isThere = system("\(Self.python) '\(program)' < /dev/null > /dev/null 2>&1") == 0
    }

    /// Its verdicts, in order.
    func verdicts(_ questions: [JSON]) throws -> [JSON] {
        var template = Array("/tmp/patchbay-judge-XXXXXX".utf8CString)
        close(mkstemp(&template))
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        try Files.write(questions.map(\.description).joined(separator: "\n") + "\n", to: path)
        let command = "\(Self.python) '\(program)' < \(path)"
        guard let output = popen(command, "r") else { throw Files.Unreadable(path: program) }
        defer { pclose(output) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, output), count > 0 { bytes += buffer.prefix(count) }
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { try JSON(parsing: String($0)) }
    }
}
