import JSONKit
import Testing

@testable import Calls

@Suite struct SlotReaderTests {
    /// A Monday.
    private static let today = LocalTime(year: 2026, month: 11, day: 23, hour: 10)

    private func read(_ text: String, _ type: String, awaited: Bool = true, _ more: JSONObject = [:]) throws -> JSON? {
        var object: JSONObject = ["name": "x", "type": .string(type)]
        for (name, value) in more { object[name] = value }
        let slot = try Slot(Fields(.object(object)))
        return SlotReader(slot: slot, today: Self.today).read(text, isAwaited: awaited)
    }

    @Test(arguments: [
        ("I'd like twenty five", 25), ("two hundred and fifty please", 250), ("a hundred", 100), ("42", 42),
        ("three thousand and seven", 3007), ("nineteen", 19), ("twenty-one", 21), ("it is zero", 0), ("a dozen", 12),
        ("one hundred", 100), ("1,200", 1200),
    ])
    func `numbers in words and digits`(text: String, value: Int) throws {
        #expect(try read(text, "integer") == .int(Int64(value)))
        #expect(try read(text, "integer", awaited: false) == nil)
    }

    @Test func `numbers have bounds and fractions, and an integer has none`() throws {
        #expect(try read("three point five", "number") == 3.5)
        #expect(try read("three point five", "integer") == nil)
        #expect(try read("twelve", "integer", ["min": 1, "max": 10]) == nil)
        #expect(try read("ten", "integer", ["min": 1, "max": 10]) == 10)
        #expect(try read("none of that", "number") == nil)
    }

    @Test(arguments: [
        ("today", "2026-11-23"), ("tomorrow morning", "2026-11-24"), ("the day after tomorrow", "2026-11-25"),
        ("on Thursday", "2026-11-26"), ("next Tuesday", "2026-12-01"), ("next friday", "2026-11-27"),
        ("Monday", "2026-11-30"), ("the fifth of May", "2027-05-05"), ("May the fifth", "2027-05-05"),
        ("December 3", "2026-12-03"), ("on the twenty first", "2026-12-21"), ("the 30th", "2026-11-30"),
        ("in two weeks", "2026-12-07"), ("three days from now", "2026-11-26"), ("2026-12-24", "2026-12-24"),
        ("the twenty ninth of February", "2028-02-29"), ("January 31st", "2027-01-31"),
    ])
    func `days as people say them, never in the past`(text: String, day: String) throws {
        #expect(try read(text, "date", awaited: false) == .string(day))
    }

    @Test(arguments: ["I don't know", "soon", "may I ask something", "one moment", "the thirty first of february"])
    func `no day`(text: String) throws { #expect(try read(text, "date") == nil) }

    @Test(arguments: [
        ("at nine", "09:00"), ("half past two", "14:30"), ("quarter to three", "14:45"), ("ten thirty", "10:30"),
        ("3 pm", "15:00"), ("eleven o'clock", "11:00"), ("at 14:15", "14:15"), ("noon", "12:00"),
        ("seven in the evening", "19:00"), ("ten past four", "16:10"), ("eight in the morning", "08:00"),
        ("a quarter past ten", "10:15"),
    ])
    func `times of day, in business hours unless said`(text: String, time: String) throws {
        #expect(try read(text, "time") == .string(time))
    }

    @Test func `a bare number is a time only where one was asked for`() throws {
        #expect(try read("ten", "time") == "10:00")
        #expect(try read("ten bicycles", "time", awaited: false) == nil)
    }

    @Test(arguments: [
        ("oh one seven one, double five five, 1234", "01715551234"), ("+49 30 1234567", "+49301234567"),
        ("it's 555 0199 42", "555019942"), ("plus four nine three oh one two three four five", "+4930" + "12345"),
    ])
    func `telephone numbers spoken and keyed`(text: String, number: String) throws {
        #expect(try read(text, "phone", awaited: false) == .string(number))
    }

    @Test func `too few digits are no number`() throws { #expect(try read("twenty two", "phone") == nil) }

    @Test func `addresses written and spelled`() throws {
        #expect(try read("it is Anna.Smith@example.org.", "email") == "anna.smith@example.org")
        #expect(try read("anna dot smith at example dot org", "email") == "anna.smith@example.org")
        #expect(try read("meet me at noon", "email") == nil)
    }

    @Test func `yes and no, and a no that sounds like a yes`() throws {
        #expect(try read("yes please", "boolean") == true)
        #expect(try read("no, that's not right", "boolean") == false)
        #expect(try read("well", "boolean") == nil)
        #expect(try read("yes", "boolean", awaited: false) == nil)
    }

    @Test func `choices by name, by synonym, by number`() throws {
        let values: JSONObject = ["values": ["small": ["little", "tiny"], "very large": ["huge"], "large": ["big"]]]
        #expect(try read("the little one", "choice", awaited: false, values) == "small")
        #expect(try read("a very large one", "choice", values) == "very large")
        #expect(try read("big", "choice", values) == "large")
        #expect(try read("two", "choice", values) == "very large")
        #expect(try read("medium", "choice", values) == nil)
    }

    @Test func `values from elsewhere are checked by the same rules`() throws {
        let slot = try Slot(Fields(["name": "day", "type": "date"]))
        let reader = SlotReader(slot: slot, today: Self.today)
        #expect(reader.check("2026-12-24") == "2026-12-24")
        #expect(reader.check("the fifth of May") == "2027-05-05")
        #expect(reader.check("rubbish") == nil)
        #expect(reader.check(["a"]) == nil)
    }

    @Test func `a day is said as people say it`() {
        #expect(SpokenDates.spoken("2026-12-01") == "Tuesday the 1st of December")
        #expect(SpokenDates.spoken("2026-12-12") == "Saturday the 12th of December")
        #expect(SpokenDates.spoken("2026-12-23") == "Wednesday the 23rd of December")
    }

    @Test func `the calendar agrees with itself over four centuries`() {
        var days = LocalTime(year: 1970, month: 1, day: 1).days
        #expect(days == 0)
        while days < 146_097 {
            let date = LocalTime.date(ofDays: days)
            #expect(LocalTime(year: date.year, month: date.month, day: date.day).days == days)
            days += 97
        }
        #expect(LocalTime(year: 2026, month: 11, day: 23).weekday == 1)
        #expect(!LocalTime.exists(year: 2026, month: 2, day: 29))
    }
}
