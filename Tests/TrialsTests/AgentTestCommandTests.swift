import Glibc
import JSONKit
import Testing

/// `patchbay agent test`, as it is typed.
@Suite struct AgentTestCommandTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// The exit code and what went to standard output.
    private func run(_ arguments: String) throws -> (code: Int32, output: String) {
        let pipe = try #require(popen("'\(Stage.libraries)/patchbay' agent test \(arguments) 2>/dev/null", "r"))
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&piece, 1, piece.count, pipe), count > 0 { output += piece[..<count] }
        return ((pclose(pipe) >> 8) & 0xFF, String(decoding: output, as: UTF8.self))
    }

    /// A test file for the example's document, with one expectation.
    private func script(_ expectation: String) -> String {
        let text = """
            // With a comment, as configurations have them.
            {"agent": "\(Self.root)/examples/agents/night-desk.json",
             "tests": [{"name": "it speaks", "steps": [{"expect": \(expectation)}]}]}
            """
        let path = "/tmp/patchbay-test-script-\(getpid()).json"
        let file = fopen(path, "w")
        fputs(text, file)
        fclose(file)
        return path
    }

    @Test func `the exit code tells what came of it`() throws {
        let fine = script(#"{"said": "/./"}"#)
        defer { unlink(fine) }
        #expect(try run(fine).code == 0)
        #expect(try run("\(fine) --only speaks").code == 0)
        #expect(try run("\(fine) --only nothing-of-the-sort").code == 2)
        let wrong = script(#"{"said": "nobody says this"}"#)
        let failed = try run("\(wrong) --json")
        #expect(failed.code == 1)
        let report = try JSON(parsing: failed.output)
        #expect(report[0]?["passed"] == false)
        #expect(report[0]?["tests"]?[0]?["failures"]?[0]?["path"] == "tests[0].steps[0].expect.said")
        #expect(try run("/nowhere.json").code == 2)
        #expect(try run("--jsn \(fine)").code == 2)
        #expect(try run("").code == 2)
    }
}
