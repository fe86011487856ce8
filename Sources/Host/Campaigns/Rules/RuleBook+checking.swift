public import JSONKit

extension RuleBook {
    /// What is wrong with a campaign as far as rules are concerned: windows that never open, caps that contradict each other, zones and
    /// countries that nobody knows. Members as in the campaign's document. Empty: nothing.
    public func problems(of campaign: Campaign) -> [FieldError] {
        var problems: [FieldError] = []
        func add(_ path: String, _ problem: String) { problems.append(FieldError(path: path, problem: problem)) }
        if !campaign.country.isEmpty, plan.countries[campaign.country] == nil {
            add("country", "\"\(campaign.country)\" is unknown; use two letters such as US or DE")
        }
        if !campaign.fallbackZone.isEmpty, ZoneTable.shared.zone(campaign.fallbackZone) == nil {
            add("fallback_zone", "\"\(campaign.fallbackZone)\" is no time zone; use one such as Europe/Berlin")
        }
        if !campaign.windows.isEmpty {
            let week = CalendarWeek(campaign.windows)
            let laws = campaign.country.isEmpty ? allLaws : law(ofCountry: campaign.country).map { [$0] } ?? []
            if week.isEmpty {
                add("windows", "never open; until must be behind from, on at least one day")
            } else if !laws.isEmpty, laws.allSatisfy({ week.intersection($0.week).isEmpty }) {
                add(
                    "windows",
                    "never open: they do not meet the law's, \(laws.map(\.label).sorted().joined(separator: ", "))"
                )
            }
        }
        let caps = campaign.caps
        if caps.perLeadAndDay > caps.perLead {
            add(
                "caps.per_lead_and_day",
                "is \(caps.perLeadAndDay), more than caps.per_lead, \(caps.perLead), allows in all"
            )
        }
        if caps.perLeadAndDay > caps.perNumberAndDay {
            add(
                "caps.per_number_and_day",
                "is \(caps.perNumberAndDay), less than one lead may get, \(caps.perLeadAndDay)"
            )
        }
        for (name, rule) in campaign.retries.sorted(by: { $0.key < $1.key }) where rule.maximum > caps.perLead {
            add(
                "retries.\(name).maximum",
                "is \(rule.maximum), more than caps.per_lead, \(caps.perLead), allows in all"
            )
        }
        return problems
    }
}
