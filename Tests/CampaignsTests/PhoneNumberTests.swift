import JSONKit
import Testing

@testable import Campaigns

struct PhoneNumberTests {
    @Test(arguments: [
        ("+49 30 2345-678", "", "+49302345678"), ("0049 (30) 2345 678", "", "+49302345678"),
        ("030/2345678", "DE", "+49302345678"), ("0171 2345678", "DE", "+491712345678"),
        ("020 7946 1234", "GB", "+442079461234"), ("+44 (0)20 7946 1234", "", "+442079461234"),
        ("01 42 68 53 00", "FR", "+33142685300"), ("06.12.34.56.78", "FR", "+33612345678"),
        ("(202) 456-1111", "US", "+12024561111"), ("1-202-456-1111", "US", "+12024561111"),
        ("416 967 1111", "CA", "+14169671111"), ("011 49 30 2345678", "US", "+49302345678"),
        ("011 49 30 2345678", "", "+49302345678"), ("06 1234 5678", "IT", "+390612345678"),
        ("8 495 123-45-67", "RU", "+74951234567"), ("+52 55 1234 5678", "", "+525512345678"),
        ("0043 1 234567", "DE", "+431234567"), ("\u{A0}+1\u{2011}202\u{2013}456\u{A0}1111", "", "+12024561111"),
    ])
    func `numbers are read as people of the country write them`(text: String, country: String, e164: String) throws {
        #expect(try PhoneNumber(text, country: country).e164 == e164)
    }

    @Test(arguments: [
        ("", "", "is empty"), ("   ", "US", "is empty"), ("call me", "US", "signs that are no digits"),
        ("+1 202 456 1111 ext. 5", "", "signs that are no digits"), ("+12024561111x5", "", "extension"),
        ("202 456 1111", "", "has no country code; write it with +"),
        ("202 456 1111", "XX", "country XX is unknown"),
        ("+1 202 456 111", "", "9 digits behind +1"), ("+1 202 456 11111", "", "11 digits behind +1"),
        ("456 1111", "US", "wrong number of digits for US"),
        ("+1 102 456 1111", "", "area code that begins with 0 or 1"), ("+1 202 156 1111", "", "exchange that begins"),
        ("+1 911 456 1111", "", "area code that ends in 11"), ("+1 202 411 1111", "", "exchange that ends in 11"),
        ("+1 202 555 0100", "", "555-01XX"), ("+1 202 555 0199", "", "555-01XX"),
        ("+1 900 456 1111", "", "premium"), ("+1 202 976 1111", "", "premium number (976)"),
        ("+49 900 1 234567", "", "premium number of DE"), ("0301", "DE", "wrong number of digits"),
        ("0900 1 234567", "DE", "premium number of DE"), ("0909 8790123", "GB", "premium number of GB"),
        ("07700 900123", "GB", "films and tests"), ("030 23125123", "DE", "films and tests"),
        ("30 2345678", "DE", "lacks the 0 of DE"), ("+49 030 2345678", "", "trunk prefix 0 behind +49; leave it out"),
        ("11 2345 6789", "AR", "not understood here; write it with +54"),
        ("+999 1234 5678", "", "country code that no country has"), ("+1234567890123456", "", "more than 15 digits"),
        ("+49 30 +49 30", "", "+ behind its beginning"), ("+49 12", "", "too few digits"),
        ("+800 1234 5678", "", "country code that no country has"), ("🙂", "US", "signs that are no digits"),
    ])
    func `what is no number to call is refused with what is wrong and without the number`(
        text: String,
        country: String,
        problem: String
    ) throws {
        let error = try #require(throws: NumberError.self) { _ = try PhoneNumber(text, country: country) }
        #expect(error.problem.contains(problem), "\(error)")
        let digits = text.filter(\.isNumber)
        #expect(digits.count < 5 || !error.problem.contains(digits))
    }

    @Test func `a number that was read is read again as itself`() throws {
        var dice = Dice(7)
        var read = 0
        for _ in 0..<20_000 {
            let country = dice.pick(["US", "DE", "GB", "FR", "IT", "AU", "RU", "JP", "BR", "NG"])
            let digits = (0..<dice.roll(5...13)).map { _ in String(dice.roll(0...9)) }.joined()
            guard let number = try? PhoneNumber(digits, country: country) else { continue }
            read += 1
            #expect(try PhoneNumber(number.e164) == number)
            #expect(number.e164.utf8.count <= 16)
        }
        #expect(read > 2000)
    }

    @Test func `garbage is refused and never crashes`() {
        var dice = Dice(8)
        let letters = Array("+0123456789()-./ ;x\u{A0}é☎\u{301}")
        for _ in 0..<20_000 {
            let text = String((0..<dice.roll(0...40)).map { _ in dice.pick(letters) })
            _ = try? PhoneNumber(text, country: dice.pick(["", "US", "DE", "GB"]))
        }
    }

    // MARK: Where numbers are

    @Test(arguments: [
        ("+12024561111", "US", ["US-DC"]), ("+13052345678", "US", ["US-FL"]),
        ("+19022345678", "CA", ["CA-NS", "CA-PE"]),
        ("+17872345678", "PR", []), ("+18762345678", "JM", []), ("+49302345678", "DE", []),
    ])
    func `an area code tells the region, and sometimes two`(number: String, country: String, regions: [String]) throws {
        let index = try #require(NumberPlan.shipped.homeIndex(of: number))
        #expect(NumberPlan.shipped.homes[index].country == country)
        #expect(NumberPlan.shipped.homes[index].regions.sorted() == regions)
        #expect(NumberPlan.shipped.country(of: number) == country)
    }

    @Test func `a toll-free number belongs to no country in particular`() {
        #expect(NumberPlan.shipped.country(of: "+18002345678") == nil)
    }

    @Test(arguments: [
        ("+12122345678", ["America/New_York"], true), ("+12082650000", ["America/Los_Angeles"], true),
        ("+16057772345", ["America/Denver", "America/North_Dakota/Center"], true),
        ("+49302345678", ["Europe/Berlin"], true),  // Numbers that are carried about, and a calling code alone.
        ("+61412345678", ["Australia/Sydney"], false), ("+79161234567", ["Europe/Moscow"], false),
        ("+18002345678", [], false),
    ])
    func `the longest prefix tells the zones`(number: String, zones: [String], isExact: Bool) throws {
        let found = try #require(NumberPlan.shipped.zoneIndex(of: number))
        let names = NumberPlan.shipped.zoneSets[found.index]
        if !zones.isEmpty { #expect(names == zones) }
        #expect(found.isExact == isExact)
    }

    @Test func `all fifty states and the capital have area codes and zones that the system knows`() throws {
        let plan = NumberPlan.shipped
        let states = try #require(plan.regions["US"])
        #expect(states.count == 51)
        let table = ZoneTable()
        for state in states { #expect(plan.zones[state]?.isEmpty == false, "\(state)") }
        let unknown = Set(plan.zoneSets.joined()).filter { table.zone($0) == nil }
        #expect(unknown.isEmpty, "tzdata lacks \(unknown)")
        #expect(plan.countries.count > 230)
    }
}
