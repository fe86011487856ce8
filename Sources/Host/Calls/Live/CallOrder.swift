public import JSONKit

/// Why the host has placed a call: for which attempt, and what is known of whom it calls.
public struct CallOrder: Sendable, Equatable {
    /// The attempt's identifier, as in the addresses that the carrier was given.
    public let attempt: String
    /// Empty where an operator placed the call by hand.
    public let campaign: String
    public let lead: String
    /// What an agent document calls `lead.name` and so on; personal data.
    public let fields: JSONObject
    /// What is done when a machine answers; nil: as the agent document says.
    public let machines: Voicemail.Action?

    public init(
        attempt: String,
        campaign: String = "",
        lead: String = "",
        fields: JSONObject = [:],
        machines: Voicemail.Action? = nil
    ) {
        (self.attempt, self.campaign, self.lead, self.fields) = (attempt, campaign, lead, fields)
        self.machines = machines
    }

    /// As `json` tells it; nil: nothing was ordered.
    public init?(_ json: JSON) {
        guard let attempt = json["attempt_id"]?.string, !attempt.isEmpty else { return nil }
        self.init(
            attempt: attempt,
            campaign: json["campaign"]?.string ?? "",
            lead: json["lead_id"]?.string ?? "",
            fields: json["fields"]?.object ?? [:],
            machines: json["machines"]?.string.flatMap(Voicemail.Action.init)
        )
    }

    public var json: JSON {
        var json = members
        json["fields"] = .object(fields)
        if let machines { json["machines"] = .string(machines.rawValue) }
        return .object(json)
    }

    /// What events of the call say of it, so that those who follow campaigns find them.
    public var members: JSONObject {
        var members: JSONObject = ["attempt_id": .string(attempt)]
        if !campaign.isEmpty { members["campaign"] = .string(campaign) }
        if !lead.isEmpty { members["lead_id"] = .string(lead) }
        return members
    }
}
