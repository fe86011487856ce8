import ProviderKit
import Testing

@Suite struct UTCTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-01-01T10:00:00.000Z", 1_767_261_600_000),
        ("2026-01-01T10:00:00.738+00:00", 1_767_261_600_738), ("2026-01-01T11:30:00+01:30", 1_767_261_600_000),
        ("2026-01-01T05:00:00.000-0500", 1_767_261_600_000), ("2024-02-29T23:59:59.5Z", 1_709_251_199_500),
        ("1767261600000", 1_767_261_600_000),
    ])
    func `a moment is read in the ways that services write it`(text: String, milliseconds: Int64) {
        #expect(UTCTime(text)?.unixMilliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "yesterday", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T10:00:00", "2026-01-01 10:00", "1767",
        "2026-01-01T10:00:00.Z", "2026/01/01T10:00:00Z",
    ])
    func `a text that is no moment is none`(text: String) { #expect(UTCTime(text) == nil) }

    @Test func `a moment is written as it is read, on every day of four centuries`() {
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            let moment = UTCTime(unixMilliseconds: day * 86_400_000 + 3_661_007)
            guard UTCTime(moment.description) == moment else {
                Issue.record("\(moment)")
                return
            }
        }
        #expect(UTCTime(unixMilliseconds: 1_767_261_600_007).description == "2026-01-01T10:00:00.007Z")
    }

    @Test func `what an address does not take goes as its bytes`() {
        #expect("+49 30/a~b_ü'".percentEncoded() == "%2B49%2030%2Fa~b_%C3%BC%27")
        #expect("a b/c".percentEncoded(keepingSlashes: true) == "a%20b/c")
    }
}
