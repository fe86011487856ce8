import JSONKit
import Testing

@Suite struct JSONParsingTests {
    private func parse(_ bytes: [UInt8]) throws -> JSON { try bytes.withUnsafeBytes { try JSON(parsing: $0) } }

    private func error(_ text: String) -> JSONError? {
        do throws(JSONError) {
            let value = try JSON(parsing: text)
            Issue.record("\(text) became \(value)")
            return nil
        } catch { return error }
    }

    @Test(
        arguments: [
            ("null", nil), (" true\n", true), ("false", false), ("0", 0), ("-0", 0), ("17", 17),
            ("-9223372036854775808", .int(.min)), ("9223372036854775807", .int(.max)), ("1.5", 1.5), ("-1e3", -1000.0),
            ("1E-2", 0.01), ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t\u00e9""#, "a\"\\/\u{8}\u{c}\n\r\té"),
            (#""\ud83d\udeb2""#, "🚲"), ("\"🚲\"", "🚲"), ("[]", []), ("[1,[2],{}]", [1, [2], [:]]),
            (#"{"a":{"b":[null]}}"#, ["a": ["b": [nil]]]), ("\t{ \"a\" : 1 , \"b\" : 2 }\r\n", ["a": 1, "b": 2]),
            (#"{"":0}"#, ["": 0]),
        ] as [(String, JSON)]
    )
    func `a text of the standard is read`(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "True", "NULL", "nan", "NaN", "Infinity", "-Infinity", "'a'", "\"a", "a", "[", "]", "[1",
        "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
        "{\"a\":1 \"b\":2}",
        "{1:2}", "01", "-01", "+1", ".5", "1.", "1.e3", "1e", "1e+", "-", "0x10", "1_000", "\"\\x41\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"tab\tinside\"", "\"line\nbreak\"", "\"\u{0}\"", "// comment\n1", "/* c */ 1", "1 2", "[1] x",
        "{} {}",
        "\u{FEFF}1", "1e400", "--1", "[1]]", "\u{A0}1", "\"a\"\"b\"", "{\"a\":1}}",
    ])
    func `what is no JSON is refused`(text: String) { #expect(error(text) != nil) }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
            [0x22, 0xC3, 0x22], [0x22, 0xE2, 0x82], [0xFF], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0x31, 0x00],
        ] as [[UInt8]]
    )
    func `bytes that are no UTF-8 are refused, also at the end`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try parse(bytes) }
    }

    @Test func `nesting is bounded, and what is within the bound is read`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        let deepest = JSON.maximumDepth - 1
        #expect(try JSON(parsing: nested(deepest))[0] != nil)
        #expect(error(nested(JSON.maximumDepth + 1))?.message.contains("deep") == true)
        #expect(error(String(repeating: "[", count: 100_000)) != nil)
        #expect(error(String(repeating: "{\"a\":", count: 100_000)) != nil)
    }

    @Test func `an integer beyond 64 bits is refused rather than changed`() throws {
        #expect(error("[1,9223372036854775808]")?.offset == 3)
        #expect(error("-9223372036854775809")?.message == "an integer beyond 64 bits")
        #expect(try JSON(parsing: "9223372036854775808.0") == .double(9_223_372_036_854_775_808))
        #expect(try JSON(parsing: "1e20") == .double(1e20))
    }

    @Test func `the error says where`() {
        let first = error("{\"a\": 1,\n \"b\": tru }")
        #expect(first?.line == 2)
        #expect((first?.offset).map { (15...19).contains($0) } == true)
        #expect(error("[1] x")?.offset == 4)
        #expect(error("[1, 2")?.message == "ends in the middle of a value")
        #expect(error("[1, 2")?.offset == 5)
        #expect(error("")?.message == "empty text")
    }

    @Test func `of two members with one name the last wins, at the first one's place`() throws {
        let value = try JSON(parsing: #"{"a":1,"b":2,"a":3}"#)
        #expect(value.description == #"{"a":3,"b":2}"#)
    }

    @Test func `a name with a zero byte is read whole or refused, never cut`() {
        let value = try? JSON(parsing: "{\"a\\u0000b\":1}")
        #expect(value?["a"] == nil)
    }

    @Test func `parsing goes on after an error, on the same thread`() throws {
        #expect(error("[1, 2") != nil)
        #expect(try JSON(parsing: "3") == 3)
        #expect(error("\"\\u12") != nil)
        #expect(try JSON(parsing: "[4]") == [4])
    }
}
