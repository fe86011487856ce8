import Glibc
import JSONKit
import Testing

/// Google's own libraries for Python as a judge: what they say to our requests, and how they would answer.
enum GoogleJudge {
    /// A Python that may have them.
    private static let python = getenv("PATCHBAY_GOOGLE_PYTHON").map { String(cString: $0) } ?? "python3"

    private static let program = {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(folder)/Programs/google-judge.py"
    }()

    static let hint: Comment =
        "python3 has no google-cloud-speech and google-cloud-texttospeech; PATCHBAY_GOOGLE_PYTHON may name one that has"

    /// Whether there is one; asked once.
    static let isThere = system("\(python) '\(program)' < /dev/null > /dev/null 2>&1") == 0

    /// Its verdicts, in order.
    static func verdicts(_ questions: [JSON]) throws -> [JSON] {
        var template = Array("/tmp/patchbay-judge-XXXXXX".utf8CString)
        close(mkstemp(&template))
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        try Files.write(questions.map(\.description).joined(separator: "\n") + "\n", to: path)
        guard let output = popen("\(python) '\(program)' < \(path)", "r") else { throw Files.Unreadable(path: program) }
        defer { pclose(output) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, output), count > 0 { bytes += buffer.prefix(count) }
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { try JSON(parsing: String($0)) }
    }
}
