import Campaigns
import Core
import Store
import Testing

/// What follows an attempt, by the shipped rules.
struct RetryTests {
    private let book: RuleBook

    private static let shipped = Result { try RuleBook.shipped() }

    init() throws { book = try Self.shipped.get() }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(parsing: text)) }

    private func lead(attempts: Int64 = 1, further: [String] = []) throws -> Lead {
        var lead = Lead(list: "list", number: "+12122345678", made: try time("2026-01-01T00:00:00Z"))
        (lead.attempts, lead.numbers) = (attempts, further)
        return lead
    }

    private let campaign = Campaign(name: "spring", agent: "sales", callerIDs: [], lists: [])

    /// Wednesday, ten in the morning in New York.
    private func next(
        _ disposition: String,
        _ lead: Lead,
        _ campaign: Campaign? = nil,
        past: [String]? = [],
        at: String = "2026-11-25T15:00:00Z"
    ) throws -> Retry {
        book.next(after: disposition, lead: lead, campaign: campaign ?? self.campaign, past: past, at: try time(at))
    }

    @Test func `a busy line is tried again soon, and is given up when it stays busy`() throws {
        #expect(try next("busy", lead()) == .again(at: time("2026-11-25T15:15:00Z")))
        #expect(
            try next("busy", lead(attempts: 5), past: Array(repeating: "busy", count: 5))
                == .closed(reason: "exhausted")
        )
    }

    @Test(arguments: ["busy", "carrier_error", "canceled", "invalid", "fax"])
    func `the campaign's gap holds where the book waits less`(disposition: String) throws {
        var lead = try lead(further: ["+13052345678"])
        lead.lastAttemptAt = try time("2026-11-25T14:59:00Z")
        let behind = try time("2026-11-25T16:59:00Z")
        let isNext = ["invalid", "fax"].contains(disposition)
        #expect(try next(disposition, lead) == (isNext ? .nextNumber(at: behind) : .again(at: behind)))
        var campaign = campaign
        campaign.caps.gap = 0
        #expect(try next(disposition, lead, campaign) != next(disposition, lead))
    }

    @Test func `who does not answer is tried some hours later, then the next day in another part of it`() throws {
        #expect(try next("no_answer", lead()) == .again(at: time("2026-11-25T17:30:00Z")))
        // Wednesday at ten, so Thursday in the afternoon.
        #expect(
            try next("no_answer", lead(attempts: 2), past: ["no_answer"]) == .again(at: time("2026-11-26T17:00:00Z"))
        )
        // The row begins anew behind another outcome.
        #expect(
            try next("no_answer", lead(attempts: 3), past: ["no_answer", "busy"])
                == .again(at: time("2026-11-25T17:30:00Z"))
        )
    }

    @Test func `a wait that ends at night is moved to the morning, and a Sunday without calls is passed over`() throws {
        #expect(try next("no_answer", lead(), at: "2026-11-26T00:30:00Z") == .again(at: time("2026-11-26T13:00:00Z")))
        var alabama = try lead()
        (alabama.region, alabama.zone) = ("US-AL", "America/Chicago")
        #expect(try next("no_answer", alabama, at: "2026-11-29T01:30:00Z") == .again(at: time("2026-11-30T14:00:00Z")))
    }

    @Test func `a machine is called in another part of the day, and at the most three times`() throws {
        #expect(try next("machine", lead()) == .again(at: time("2026-11-25T19:00:00Z")))
        #expect(try next("machine", lead(), at: "2026-11-25T17:30:00Z") == .again(at: time("2026-11-25T22:00:00Z")))
        #expect(try next("machine", lead(attempts: 3), past: ["machine", "machine"]) == .closed(reason: "exhausted"))
        #expect(try next("message_left", lead(attempts: 2), past: ["message_left"]) == .closed(reason: "exhausted"))
    }

    @Test func `a carrier's trouble is waited for twice as long each time`() throws {
        #expect(try next("carrier_error", lead()) == .again(at: time("2026-11-25T15:05:00Z")))
        #expect(
            try next("carrier_error", lead(attempts: 2), past: ["carrier_error"])
                == .again(at: time("2026-11-25T15:10:00Z"))
        )
    }

    @Test func `a number that reaches nobody gives way to the next one at once, and the last one closes the lead`()
        throws
    {
        var two = try lead(further: ["+13052345678"])
        #expect(try next("invalid", two) == .nextNumber(at: time("2026-11-25T15:00:00Z")))
        two.turn = 1
        #expect(try next("fax", two, past: ["invalid"]) == .closed(reason: "no_number"))
        #expect(try next("fax", two, past: ["no_answer"]) == .nextNumber(at: time("2026-11-25T15:00:00Z")))
        #expect(try next("invalid", lead()) == .closed(reason: "no_number"))
    }

    @Test func `the next number is called when its own window is open`() throws {
        let berlin = try lead(further: ["+49302345678"])
        #expect(
            try next("invalid", berlin, at: "2026-11-25T20:00:00Z") == .nextNumber(at: time("2026-11-26T07:00:00Z"))
        )
    }

    @Test func `a number that was tried often enough gives way to the next one`() throws {
        let two = try lead(attempts: 3, further: ["+13052345678"])
        #expect(
            try next("machine", two, past: ["machine", "machine"]) == .nextNumber(at: time("2026-11-25T15:00:00Z"))
        )
    }

    @Test(arguments: ["sale", "not_interested", "do_not_call", "completed", "wants_a_brochure"])
    func `a conversation that came to an end closes the lead with its name`(disposition: String) throws {
        #expect(try next(disposition, lead()) == .closed(reason: disposition))
    }

    @Test func `a callback comes at the agreed time, moved into the window`() throws {
        var lead = try lead(attempts: 6)
        lead.callbackAt = try time("2026-11-27T18:30:00Z")
        #expect(try next("callback", lead) == .again(at: time("2026-11-27T18:30:00Z")))
        lead.callbackAt = try time("2026-11-27T08:30:00Z")
        #expect(try next("callback", lead) == .again(at: time("2026-11-27T13:00:00Z")))
        lead.callbackAt = nil
        #expect(try next("callback", self.lead()) == .again(at: time("2026-11-26T15:00:00Z")))
    }

    @Test func `a lead that was called as often as the campaign allows is closed`() throws {
        #expect(try next("busy", lead(attempts: 6)) == .closed(reason: "cap.lead"))
    }

    @Test func `the campaign's rules go before the book's, except for those who want no calls`() throws {
        var campaign = campaign
        campaign.retries = [
            "busy": RetryRule(waits: [45], maximum: 2),
            "no_answer": RetryRule(waits: [60], maximum: 5, takesNextNumber: true),
            "wants_a_brochure": RetryRule(waits: [10_080], maximum: 2),
            "do_not_call": RetryRule(waits: [1], maximum: 9),
        ]
        #expect(try next("busy", lead(), campaign) == .again(at: time("2026-11-25T15:45:00Z")))
        #expect(try next("busy", lead(attempts: 2), campaign, past: ["busy"]) == .closed(reason: "exhausted"))
        #expect(
            try next("no_answer", lead(further: ["+13052345678"]), campaign)
                == .nextNumber(at: time("2026-11-25T16:00:00Z"))
        )
        #expect(try next("wants_a_brochure", lead(), campaign) == .again(at: time("2026-12-02T15:00:00Z")))
        #expect(try next("do_not_call", lead(), campaign) == .closed(reason: "do_not_call"))
    }

    @Test func `without a history every attempt counts as one that ended alike`() throws {
        #expect(try next("machine", lead(attempts: 3), past: nil) == .closed(reason: "exhausted"))
    }

    @Test func `flags say what a disposition means`() {
        #expect(Disposition.named("sale").isSale && Disposition.named("sale").isCompleted)
        #expect(Disposition.named("machine").isMachine && !Disposition.named("machine").isHumanAnswered)
        #expect(Disposition.named("invalid").isUnworkable && Disposition.named("callback").isCallback)
        #expect(Disposition.named("do_not_call").isDoNotCall && Disposition.named("abandoned").isHumanAnswered)
        let unknown = Disposition.named("wants_a_brochure")
        #expect(unknown.isHumanAnswered && unknown.isCustomerContact && unknown.isCompleted)
        #expect(Set(Disposition.catalogue.map(\.name)).count == 16)
    }
}
