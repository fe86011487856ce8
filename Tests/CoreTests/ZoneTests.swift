import Testing

@testable import Core

/// Clocks and days of places.
@Suite struct ZoneTests {
    private func zone(_ name: String) throws -> Zone { try #require(Zone(named: name), "is tzdata installed?") }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(parsing: text)) }

    @Test(arguments: [
        ("Europe/Berlin", "2026-01-15T12:00:00Z", 3600), ("Europe/Berlin", "2026-07-15T12:00:00Z", 7200),
        ("Europe/Berlin", "2026-03-29T00:59:59Z", 3600), ("Europe/Berlin", "2026-03-29T01:00:00Z", 7200),
        ("Europe/Berlin", "2099-07-15T12:00:00Z", 7200), ("Europe/Berlin", "2099-12-15T12:00:00Z", 3600),
        ("America/New_York", "2026-11-01T05:59:59Z", -14_400), ("America/New_York", "2026-11-01T06:00:00Z", -18_000),
        ("Australia/Sydney", "2060-01-15T00:00:00Z", 39_600), ("Australia/Sydney", "2060-07-15T00:00:00Z", 36_000),
        ("Asia/Kolkata", "2026-07-15T12:00:00Z", 19_800),
        ("America/Argentina/Buenos_Aires", "2050-01-01T00:00:00Z", -10_800),
        ("UTC", "2026-07-15T12:00:00Z", 0), ("Europe/Dublin", "2070-07-15T12:00:00Z", 3600),
        ("Europe/Dublin", "2070-01-15T12:00:00Z", 0),
    ])
    func `offsets are those of the place and the moment, also in far years`(
        name: String,
        at: String,
        offset: Int
    ) throws {
        #expect(try zone(name).offset(at: time(at)) == offset)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-11-23", "2026-11-22T23:00:00.000Z", 24),
        ("UTC", "2026-11-23", "2026-11-23T00:00:00.000Z", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", 23),
        // Clocks that jump at midnight: the day begins at one.
        ("America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", 23),
    ])
    func `a day begins at its midnight and is as long as the clocks make it`(
        name: String,
        day: String,
        begin: String,
        hours: Int64
    ) throws {
        let (zone, day) = (try zone(name), try #require(CivilDay(parsing: day)))
        let (from, to) = (zone.moment(of: day), zone.moment(of: day.advanced(by: 1)))
        #expect(from.description == begin)
        #expect(to.unixMilliseconds - from.unixMilliseconds == hours * 3_600_000)
        #expect(zone.day(of: from) == day)
        #expect(zone.day(of: Timestamp(unixMilliseconds: from.unixMilliseconds - 1)) == day.advanced(by: -1))
    }

    @Test func `a time that the clocks leave out comes late, one that is there twice is the first`() throws {
        let zone = try zone("Europe/Berlin")
        let spring = try #require(CivilDay(parsing: "2026-03-29"))
        #expect(zone.moment(of: spring, seconds: 9000).description == "2026-03-29T01:30:00.000Z")
        let autumn = try #require(CivilDay(parsing: "2026-10-25"))
        #expect(zone.moment(of: autumn, seconds: 9000).description == "2026-10-25T00:30:00.000Z")
    }

    @Test(arguments: ["Mars/Olympus", "", "../../etc/passwd", "Europe", "/etc/passwd", "Europe//Berlin", "zone.tab"])
    func `what is no zone is none`(name: String) { #expect(Zone(named: name) == nil) }

    @Test(arguments: [
        ("<+0330>-3:30", 1_795_500_000, 12_600), ("EST5", 0, -18_000), ("XYZ-1ABC,J60/0,J300", 1_782_000_000, 7200),
        ("XYZ-1ABC,0/0,364", 1_782_000_000, 7200),
    ])
    func `rules are read as POSIX writes them`(text: String, seconds: Int64, offset: Int) {
        #expect(ZoneRule(text)?.offset(at: seconds) == offset)
    }

    @Test(arguments: [
        "", "A5", "CET", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<",
    ])
    func `what is no rule is none`(text: String) { #expect(ZoneRule(text) == nil) }

    @Test func `days are counted on across months, leap years and centuries`() {
        #expect(CivilDay(year: 2000, month: 3, day: 1).number - CivilDay(year: 2000, month: 2, day: 28).number == 2)
        #expect(CivilDay(year: 2100, month: 3, day: 1).number - CivilDay(year: 2100, month: 2, day: 28).number == 1)
        #expect(CivilDay(year: 1970, month: 1, day: 1).number == 0)
        #expect(CivilDay(year: 2026, month: 11, day: 24).description == "2026-11-24")
        #expect(CivilDay(year: 2026, month: 11, day: 24).weekday == 2)
        #expect(CivilDay(parsing: "2026-02-30") == nil && CivilDay(parsing: "2026-2-3") == nil)
    }
}
