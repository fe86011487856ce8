import Core
import Glibc
import JSONKit
import Testing

/// One after the other: what is configured applies to the whole process.
@Suite(.serialized) struct LogTests {
    /// The lines that `body` logs, read from a pipe.
    private func lines(
        _ format: Log.Format,
        level: Log.Level = .debug,
        showsPrivate: Bool = false,
        _ body: () -> Void
    ) -> [String] {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        Log.configure { settings in
            (settings.format, settings.level, settings.showsPrivate) = (format, level, showsPrivate)
            settings.descriptor = ends[1]
        }
        body()
        Log.configure { $0 = Log.Settings() }
        close(ends[1])
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        close(ends[0])
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `for machines a line is a JSON object`() throws {
        let written = lines(.json) { Log("calls").info("call \"ended\"", ["call": "call_1", "turns": 5]) }
        let json = try JSON(parsing: try #require(written.first))
        #expect(json["level"] == "info")
        #expect(json["component"] == "calls")
        #expect(json["message"] == "call \"ended\"")
        #expect(json["turns"] == 5)
        #expect(json["at"]?.string.flatMap(Timestamp.init(parsing:)) != nil)
    }

    @Test func `for people a line begins with time, level and component`() throws {
        let written = lines(.text) { Log("io").warning("slow\nINFO forged", ["ms": 7, "what": "a b"]) }
        #expect(written.count == 1)
        #expect(written[0].hasSuffix(#"WARNING io: "slow\nINFO forged" ms=7 what="a b""#))
    }

    @Test func `what is below the level is not written`() {
        let written = lines(.text, level: .warning) {
            Log("x").debug("a")
            Log("x").info("b")
            Log("x").warning("c")
            Log("x").error("d")
        }
        #expect(written.map { $0.suffix(1) } == ["c", "d"])
    }

    @Test func `secrets are masked at every depth, counts of tokens are not secrets`() {
        let fields: JSONObject = [
            "api_key": "s1", "Authorization": "Bearer s2", "auth_token": "s3", "key": "s4", "password": ["s5"],
            "request": ["headers": ["x-secret-thing": "s6"], "list": [["token": "s7"]]], "input_tokens": 12,
        ]
        for format in [Log.Format.json, .text] {
            let line = lines(format, showsPrivate: true) { Log("x").info("m", fields, private: ["secret": "s8"]) }[0]
            for number in 1...8 { #expect(!line.contains("s\(number)")) }
            #expect(line.contains("12"))
        }
    }

    @Test func `what callers say is written only where the operator allows it`() {
        func log() { Log("x").info("heard", ["turn": 1], private: ["text": "my number is 5"]) }
        #expect(!lines(.json, log)[0].contains("my number"))
        #expect(lines(.json, showsPrivate: true, log)[0].contains("my number"))
    }

    @Test func `a line is never longer than a pipe takes in one piece`() throws {
        var many: JSONObject = [:]
        for number in 0..<100 { many["field_\(number)"] = .string(String(repeating: "x", count: 500)) }
        let written = lines(.json) {
            Log("x").info(String(repeating: "long ", count: 10_000))
            Log("x").info("many", many)
        }
        for line in written {
            #expect(line.utf8.count < 4096)
            #expect(try JSON(parsing: line)["component"] == "x")
        }
        #expect(try JSON(parsing: written[1])["fields_left_out"] == true)
    }

    @Test(.timeLimit(.minutes(1))) func `a reader that stopped reading costs lines and no time, and is told later`()
        throws
    {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        Log.configure { settings in
            settings.format = .json
            settings.descriptor = ends[1]
        }
        // More than a pipe holds, and nobody reads.
        for _ in 0..<2000 { Log("x").info(String(repeating: "y", count: 200)) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(read(ends[0], &buffer, buffer.count) > 0)
        Log("x").info("again")
        Log.configure { $0 = Log.Settings() }
        close(ends[1])
        let count = read(ends[0], &buffer, buffer.count)
        close(ends[0])
        let written = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
        #expect(written.count == 2)
        let lost = try #require(JSON(parsing: String(written[0]))["lost"]?.int)
        #expect(lost > 1000)
        #expect(written[1].contains("again"))
    }
}
