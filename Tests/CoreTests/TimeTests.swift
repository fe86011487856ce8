import Core
import Testing

@Suite struct TimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_449_600_123, "2026-11-23T16:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
        ] as [(Int64, String)]
    )
    func `a timestamp is written as RFC 3339 and read again`(milliseconds: Int64, text: String) {
        #expect(Timestamp(unixMilliseconds: milliseconds).description == text)
        #expect(Timestamp(parsing: text)?.unixMilliseconds == milliseconds)
    }

    @Test func `fractions may be missing, shorter or finer`() {
        #expect(Timestamp(parsing: "2026-11-23T16:00:00Z")?.unixMilliseconds == 1_795_449_600_000)
        #expect(Timestamp(parsing: "2026-11-23T16:00:00.5Z")?.unixMilliseconds == 1_795_449_600_500)
        #expect(Timestamp(parsing: "2026-11-23T16:00:00.123456789Z")?.unixMilliseconds == 1_795_449_600_123)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T16:00:00", "2026-11-23T16:00:00+01:00", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T16:60:00Z",
        "2026-11-23 16:00:00Z", "2026-11-23T-1:00:00Z", "+026-11-23T16:00:00Z", "2026-11-23T16:00:00.Z",
        "2026-11-23T16:00:00.1x2Z", "２０26-11-23T16:00:00Z",
    ])
    func `what is no time in UTC is refused`(text: String) { #expect(Timestamp(parsing: text) == nil) }

    @Test func `moments and durations add up`() {
        let start = Moment(microseconds: 1_000_000)
        #expect((start + .milliseconds(20)).microseconds == 1_020_000)
        #expect(start + .seconds(-1) == Moment(microseconds: 0))
        #expect((start + .milliseconds(20)) - start == .milliseconds(20))
        #expect((start + .microseconds(1500)).milliseconds(since: start) == 1.5)
        #expect(Duration.milliseconds(1999).wholeMilliseconds == 1999)
        #expect(Duration.milliseconds(1500).fractionalSeconds == 1.5)
        #expect(Moment.now() <= Moment.now())
    }

    @Test func `identifiers carry their sort, differ, and sort by time`() async throws {
        let first = CallID.make()
        #expect(first.rawValue.hasPrefix("call_") && first.rawValue.utf8.count == 31)
        #expect(Set((0..<1000).map { _ in EventID.make() }).count == 1000)
        let start = Timestamp.now()
        while Timestamp.now() == start {}
        #expect(first.rawValue < CallID.make().rawValue)
    }

    @Test func `a digest is what the standard says`() {
        #expect(
            Digest.sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }
}
