import JSONKit
import Testing

@Suite struct FieldsTests {
    private func problem(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return "\(error)" }
    }

    @Test func `members are read by type, with defaults and bounds`() throws {
        let fields = try Fields([
            "name": "desk", "tries": 3, "ratio": 1, "on": true, "none": nil, "tags": ["a", "b"],
            "steps": [["n": 1], ["n": 2]], "inner": ["x": 1.5], "any": [1],
        ])
        #expect(try fields.string("name") == "desk")
        #expect(try fields.string("title", default: "none") == "none")
        #expect(try fields.optionalString("none") == nil)
        #expect(try fields.int("tries", in: 1...5) == 3)
        #expect(try fields.int("waits", default: 7) == 7)
        #expect(try fields.double("ratio", default: 0) == 1)
        #expect(try fields.bool("on", default: false))
        #expect(try fields.strings("tags") == ["a", "b"])
        #expect(try fields.objects("steps").map { try $0.int("n") } == [1, 2])
        #expect(try fields.object("inner").double("x", default: 0) == 1.5)
        #expect(try fields.json("any") == [1])
        try fields.finish()
    }

    @Test func `an error names the path, what is there and what should be`() throws {
        let fields = try Fields(
            ["calls": ["tries": 9, "name": 1, "tags": ["a", 2], "steps": [[:], 5]]],
            path: "config"
        )
        let calls = try fields.object("calls")
        #expect(problem { _ = try calls.int("tries", in: 1...5) } == "config.calls.tries: is 9; must be from 1 to 5")
        #expect(problem { _ = try calls.string("name") } == "config.calls.name: must be a string, is an integer")
        #expect(problem { _ = try calls.string("title") } == "config.calls.title: is required (a string)")
        #expect(problem { _ = try calls.strings("tags") } == "config.calls.tags[1]: must be a string, is an integer")
        #expect(
            problem { _ = try calls.objects("steps") } == "config.calls.steps[1]: must be an object, is an integer"
        )
        #expect(problem { _ = try Fields([1], path: "x") } == "x: must be an object, is an array")
    }

    @Test func `a member that is missing is looked for under a name like it`() throws {
        let fields = try Fields(["untill": "10:00", "from": "09:00"], path: "windows[0]")
        _ = try fields.string("from")
        #expect(
            problem { _ = try fields.string("until") }
                == "windows[0].until: is required (a string); is it meant by untill?"
        )
        #expect(problem { _ = try fields.object("place") } == "windows[0].place: is required (an object)")
    }

    @Test func `a member that nobody read is refused with the nearest name that exists`() throws {
        let fields = try Fields(["calls": ["endpontng_ms": 1]], path: "config")
        let calls = try fields.object("calls")
        _ = try calls.int("endpointing_ms", default: 200)
        _ = try calls.int("tries", default: 2)
        #expect(
            problem { try calls.finish() }
                == "config.calls.endpontng_ms: unknown member; did you mean endpointing_ms?"
        )
        let other = try Fields(["zzz": 1])
        _ = try other.bool("on", default: true)
        #expect(problem { try other.finish() } == "zzz: unknown member; known are on")
    }
}
