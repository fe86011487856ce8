public import Core

/// Which attempts are listed; nil: any.
public struct AttemptFilter: Sendable {
    public var campaign: String?
    public var lead: String?
    public var number: String?
    public var owner: String?
    public var carrierCallID: String?
    /// Under way, or over.
    public var isLive: Bool?
    /// Their owner was to look at them before then.
    public var dueBy: Timestamp?

    public init(
        campaign: String? = nil,
        lead: String? = nil,
        number: String? = nil,
        owner: String? = nil,
        carrierCallID: String? = nil,
        isLive: Bool? = nil,
        dueBy: Timestamp? = nil
    ) {
        (self.campaign, self.lead, self.number, self.owner) = (campaign, lead, number, owner)
        (self.carrierCallID, self.isLive, self.dueBy) = (carrierCallID, isLive, dueBy)
    }

    /// Conditions, and the values of their marks: texts first.
    var conditions: (texts: [String], values: [String], numbers: [Int64]) {
        let columns = [
            ("campaign", campaign), ("lead", lead), ("number", number), ("owner", owner),
            ("carrier_call_id", carrierCallID),
        ].filter { $0.1 != nil }
        var texts = columns.map { "\($0.0) = ?" }
        if let isLive { texts.append(isLive ? AttemptRows.live : "state = 'over'") }
        if dueBy != nil { texts.append("due <= ?") }
        return (texts, columns.compactMap(\.1), dueBy.map { [$0.unixMilliseconds] } ?? [])
    }
}
