import Campaigns
import Core
import Testing

struct DecisionTests {
    private func verdict(_ rule: String, until seconds: Int64?) -> Decision.Verdict {
        let until = seconds.map { Timestamp(unixMilliseconds: $0 * 1000) }
        return Decision.Verdict(rule, isAllowed: false, until: until, reason: "no")
    }

    @Test func `a decision is asked again when the last of its obstacles is over`() {
        let now = Timestamp(unixMilliseconds: 0)
        let yes = Decision.Verdict("consent", isAllowed: true, reason: "written")
        let verdicts = [verdict("gap", until: 60), yes, verdict("window", until: 3600)]
        let refused = Decision(at: now, verdicts: verdicts, rules: "")
        #expect(!refused.isAllowed)
        #expect(refused.obstacle?.rule == "gap")
        #expect(refused.next == Timestamp(unixMilliseconds: 3_600_000))
        #expect(Decision(at: now, verdicts: [yes], rules: "").isAllowed)
    }

    @Test func `what time does not heal is not asked again by itself`() {
        let never = Decision(
            at: Timestamp(unixMilliseconds: 0),
            verdicts: [verdict("gap", until: 60), verdict("consent", until: nil)],
            rules: ""
        )
        #expect(never.next == nil)
    }
}
