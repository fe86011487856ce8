import Glibc
import JSONKit
import Testing

@testable import Core

@Suite struct LogTests {
    private func line(
        _ format: Log.Format,
        _ message: String,
        _ fields: JSONObject = [:],
        private personal: JSONObject = [:],
        component: String = "x",
        level: Log.Level = .info,
        least: Log.Level = .debug,
        showsPrivate: Bool = false
    ) throws -> String {
        var settings = Log.Settings()
        (settings.format, settings.level, settings.showsPrivate) = (format, least, showsPrivate)
        let bytes = try #require(Log(component).line(settings, level, message, fields, personal))
        #expect(bytes.last == 10)
        #expect(!bytes.dropLast().contains(10))
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    @Test func `for machines a line is a JSON object`() throws {
        let fields: JSONObject = ["call": "call_1", "turns": 5]
        let json = try JSON(parsing: line(.json, "call \"ended\"", fields, component: "calls"))
        #expect(json["level"] == "info")
        #expect(json["component"] == "calls")
        #expect(json["message"] == "call \"ended\"")
        #expect(json["turns"] == 5)
        #expect(json["at"]?.string.flatMap(Timestamp.init(parsing:)) != nil)
    }

    @Test func `for people a line begins with time, level and component`() throws {
        let written = try line(
            .text,
            "slow\nINFO forged",
            ["ms": 7, "what": "a b"],
            component: "io",
            level: .warning
        )
        #expect(written.hasSuffix(#"Z WARNING io: "slow\nINFO forged" ms=7 what="a b""#))
    }

    @Test func `what is below the level is not written`() {
        var settings = Log.Settings()
        settings.level = .warning
        let written = Log.Level.allCases.filter { Log("x").line(settings, $0, "m") != nil }
        #expect(written == [.warning, .error])
    }

    @Test func `secrets are masked at every depth, counts of tokens are not secrets`() throws {
        let fields: JSONObject = [
            "api_key": "s1", "Authorization": "Bearer s2", "auth_token": "s3", "key": "s4", "password": ["s5"],
            "request": ["headers": ["x-secret-thing": "s6"], "list": [["token": "s7"]]], "input_tokens": 12,
        ]
        for format in [Log.Format.json, .text] {
            let line = try line(format, "m", fields, private: ["secret": "s8"], showsPrivate: true)
            for number in 1...8 { #expect(!line.contains("s\(number)")) }
            #expect(line.contains("12"))
        }
    }

    @Test func `what callers say is written only where the operator allows it`() throws {
        let said: JSONObject = ["text": "my number is 5"]
        #expect(!(try line(.json, "heard", private: said).contains("my number")))
        #expect(try line(.json, "heard", private: said, showsPrivate: true).contains("my number"))
    }

    @Test func `a line is never longer than a pipe takes in one piece`() throws {
        var many: JSONObject = [:]
        for number in 0..<100 { many["field_\(number)"] = .string(String(repeating: "x", count: 500)) }
        for format in [Log.Format.json, .text] {
            #expect(try line(format, String(repeating: "long ", count: 10_000)).utf8.count < 4096)
            #expect(try line(format, "many", many).utf8.count < 4096)
        }
        #expect(try JSON(parsing: line(.json, "many", many))["fields_left_out"] == true)
    }

    @Test(.timeLimit(.minutes(1))) func `a reader that stopped reading costs lines and no time, and is told later`()
        throws
    {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let output = LogOutput()
        func write(_ text: String) {
            output.write(Array((text + "\n").utf8), to: ends[1]) { Array("lost \($0)\n".utf8) }
        }
        // More than a pipe holds, and nobody reads.
        for number in 0..<2000 { write("\(number) " + String(repeating: "y", count: 200)) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let first = read(ends[0], &buffer, buffer.count)
        let taken = buffer[..<first].count { $0 == 10 }
        write("again")
        let count = read(ends[0], &buffer, buffer.count)
        close(ends[1])
        close(ends[0])
        #expect(String(decoding: buffer[..<count], as: UTF8.self) == "lost \(2000 - taken)\nagain\n")
        #expect(taken > 100 && taken < 1000)
    }
}
