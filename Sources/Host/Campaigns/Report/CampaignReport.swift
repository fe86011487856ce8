public import Core
public import JSONKit

/// What a campaign has come to: figures, and tables that can be drawn. Nothing in it is personal.
public struct CampaignReport: Sendable {
    public var campaign: String
    public var state: CampaignState
    public var reason = ""
    /// What it covers; nil: everything.
    public var from: Timestamp?
    public var to: Timestamp?
    public var madeAt: Timestamp
    public var leads = LeadCounts()
    public var figures = CampaignFigures()
    public var price = CallPrice()
    public var scores = ScoreMovement()
    public var callbacks = CallbackFigures()
    public var heldBack = HeldBack()

    public init(_ campaign: String, state: CampaignState, madeAt: Timestamp) {
        (self.campaign, self.state, self.madeAt) = (campaign, state, madeAt)
    }

    public var json: JSON {
        var members: JSONObject = [
            "campaign": .string(campaign), "state": .string(state.rawValue), "reason": .string(reason),
            "made_at": .string(madeAt.description), "figures": keyFigures, "tables": .array(tables.map(\.json)),
        ]
        if let from { members["from"] = .string(from.description) }
        if let to { members["to"] = .string(to.description) }
        return .object(members)
    }

    private var keyFigures: JSON {
        let all = figures.all
        return [
            "leads": .int(Int64(leads.all)), "ready": .int(Int64(leads.ready)), "closed": .int(Int64(leads.closed)),
            "attempts": .int(Int64(all.attempts)), "answered": .int(Int64(all.answered)),
            "answer_rate": Self.share(all.answered, of: all.attempts), "people": .int(Int64(all.humans)),
            "successes": .int(Int64(all.successes)), "talk_minutes": .int(Int64((all.talked / 60).rounded())),
            "cost": .double(price.cost(minutes: figures.minutes)), "currency": .string(price.currency),
        ]
    }

    static func share(_ part: Int, of whole: Int) -> JSON {
        .double(whole == 0 ? 0 : (Double(part) / Double(whole) * 1000).rounded() / 1000)
    }
}
