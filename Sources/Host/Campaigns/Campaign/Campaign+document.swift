import Core
public import JSONKit

extension Campaign {
    /// Reads a document as it was put; `docs/CAMPAIGNS.md` describes every member.
    /// - Throws: the first member that is missing, unknown or wrong. `CampaignReading` tells of all.
    public init(_ json: JSON) throws(FieldError) {
        let reading = CampaignReading(json)
        if let error = reading.findings.first(where: { $0.severity == .error }) {
            throw FieldError(path: error.path, problem: error.problem)
        }
        self = reading.campaign
    }

    /// The document, with every default spelled out.
    public var json: JSON {
        var members: JSONObject = [
            "name": .string(name), "agent": .string(agent), "caller_ids": .array(callerIDs.map { .string($0) }),
            "lists": .array(lists.map { .string($0) }), "pace": pace.json, "caps": caps.json,
            "consent": .string(consent.rawValue), "machines": .string(machines.rawValue), "rings_s": .int(rings),
        ]
        if let startsAt { members["starts_at"] = .string(startsAt.description) }
        if let endsAt { members["ends_at"] = .string(endsAt.description) }
        if !windows.isEmpty { members["windows"] = .array(windows.map(\.json)) }
        if !retries.isEmpty {
            members["retries"] = .object(JSONObject(retries.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
        }
        if !fallbackZone.isEmpty { members["fallback_zone"] = .string(fallbackZone) }
        if !country.isEmpty { members["country"] = .string(country) }
        return .object(members)
    }
}

extension Pace {
    fileprivate var json: JSON {
        [
            "mode": .string(mode.rawValue), "concurrent": .int(Int64(concurrent)),
            "calls_per_second": .double(callsPerSecond), "ratio": .double(ratio), "drop_target": .double(dropTarget),
            "weight": .double(weight),
        ]
    }
}

extension Caps {
    fileprivate var json: JSON {
        [
            "per_lead": .int(Int64(perLead)), "per_lead_and_day": .int(Int64(perLeadAndDay)),
            "per_number_and_day": .int(Int64(perNumberAndDay)), "gap_minutes": .int(Int64(gap)),
        ]
    }
}
