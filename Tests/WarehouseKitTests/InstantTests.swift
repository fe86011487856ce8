import Testing
import WarehouseKit

@Suite struct InstantTests {
    @Test(
        arguments: [
            ("2026-11-23T16:00:00Z", "2026-11-23T16:00:00.000Z"),
            ("2026-11-23T16:00:00.1Z", "2026-11-23T16:00:00.100Z"),
            ("2026-11-23T16:00:00.123999Z", "2026-11-23T16:00:00.123Z"),
            ("2026-11-23T17:30:00+01:30", "2026-11-23T16:00:00.000Z"),
            ("2026-11-23 22:00:00-02:00", "2026-11-24T00:00:00.000Z"), ("2026-11-23", "2026-11-23T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"), ("0000-03-01", "0000-03-01T00:00:00.000Z"),
            ("0000-01-01", "0000-01-01T00:00:00.000Z"), ("2000-02-29", "2000-02-29T00:00:00.000Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
        ]
    )
    func `a time is read and written in UTC, to the millisecond`(_ text: String, _ written: String) {
        #expect(Instant(parsing: text)?.description == written)
    }

    @Test(
        arguments: [
            "", "2026", "2026-13-01", "2026-02-29", "1900-02-29", "2026-11-31", "2026-11-23T", "2026-11-23T24:00:00Z",
            "2026-11-23T16:00:00", "2026-11-23T16:00:00.Z", "2026-11-23T16:00:00Z ", "2026-11-23T16:00:00.0000000000Z",
            "２026-11-23", "2026-11-23T16:00:00+25:00", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00",
        ]
    )
    func `what is no time is refused`(_ text: String) { #expect(Instant(parsing: text) == nil) }

    @Test func `every day of four centuries comes back as it went`() {
        var last: Instant?
        for day in stride(from: -719_528, to: 2_932_896, by: 97) {
            let instant = Instant(unixMilliseconds: Int64(day) * 86_400_000 + 1)
            #expect(Instant(parsing: instant.description) == instant)
            if let last { #expect(last.description < instant.description) }
            last = instant
        }
        #expect(Instant(unixMilliseconds: 1_795_449_600_000).description == "2026-11-23T16:00:00.000Z")
    }
}
