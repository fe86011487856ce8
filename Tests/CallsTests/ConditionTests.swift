import JSONKit
import Testing

@testable import Calls

@Suite struct ConditionTests {
    private static func slots() throws -> [Slot] {
        [
            try Slot(Fields(["name": "amount", "type": "number"])), try Slot(Fields(["name": "day", "type": "date"])),
            try Slot(Fields(["name": "member", "type": "boolean"])), try Slot(Fields(["name": "size"])),
        ]
    }

    private func holds(_ source: String, _ values: [String: JSON]) throws -> Bool {
        try Condition(source, slots: Self.slots(), path: "when").holds { values[$0] }
    }

    private func problem(_ source: String) throws -> String {
        do {
            _ = try Condition(source, slots: Self.slots(), path: "when")
            return "accepted"
        } catch let error as FieldError { return "\(error)" }
    }

    @Test(arguments: [
        ("amount > 100", true), ("amount <= 100", false), ("amount == 150 and member", true),
        ("not member or amount < 0", false), ("not (member and amount < 0)", true), ("size in [\"L\", \"xl\"]", true),
        ("size != 'l'", false), ("day >= \"2026-01-01\"", true), ("filled(day)", true),
        ("amount > 100 and amount < 200 or false", true), ("turns >= 3", true), ("-1 < amount", true),
    ])
    func `conditions over what is known`(source: String, expected: Bool) throws {
        let values: [String: JSON] = ["amount": 150, "member": true, "size": "L", "day": "2026-05-05", "turns": 3]
        #expect(try holds(source, values) == expected)
    }

    @Test func `a comparison with what is not known yet is false`() throws {
        for source in ["amount > 0", "amount <= 0", "size == \"\"", "size != \"x\"", "member"] {
            #expect(try !holds(source, [:]), "\(source)")
        }
        #expect(try holds("not filled(amount)", [:]))
    }

    @Test(arguments: [
        ("amuont > 1", "did you mean amount?"), ("amount > \"x\"", "a number cannot be compared with a text"),
        ("amount", "must be true or false"), ("amount > 1 and", "column 15"), ("(amount > 1", ") is missing"),
        ("amount = 1", "equality is written =="), ("size < 'x' size", "nothing may follow"),
        ("'x", "the text has no end"),
        ("member > true", "has no order"), ("amount in ['x']", "never among"), ("size and member", "true or false"),
        ("", "a value is missing"), ("filled(nobody)", "nothing is called nobody"),
    ])
    func `what makes no sense is refused with its place and reason`(source: String, reason: String) throws {
        let problem = try problem(source)
        #expect(problem.contains(reason), "\(problem)")
    }

    @Test func `depth and length are bounded`() throws {
        let deep = String(repeating: "(", count: 200) + "member" + String(repeating: ")", count: 200)
        #expect(try problem(deep).contains("more than 30 brackets"))
        #expect(try problem(String(repeating: "member or ", count: 200) + "member").contains("longer than 1000"))
    }
}
