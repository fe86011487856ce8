import JSONKit

/// What one file of rules says: a country's windows, closed days and caps, and how its regions differ.
struct CountryRules: Sendable {
    /// ISO 3166-1, or `*` for all countries without a file.
    let country: String
    let dated: String
    /// The country itself, and by region.
    let base: Jurisdiction
    let regions: [String: Jurisdiction]

    static let others = "*"

    init(_ document: JSON, plan: NumberPlan) throws(FieldError) {
        let fields = try Fields(document)
        let country = try fields.string("country")
        guard country == Self.others || plan.countries[country] != nil else {
            throw fields.error(
                "country",
                "\"\(country)\" is no country; use two letters such as US, or * for all without a file"
            )
        }
        dated = try fields.string("dated")
        guard dated.utf8.count == 10, dated.split(separator: "-").count == 3 else {
            throw fields.error("dated", "is \"\(dated)\"; use the day of which the rules are, as in 2026-11-25")
        }
        let reader = RuleReader(holidays: try RuleReader.holidays(fields))
        base = try reader.rules(fields, label: "\(country) \(dated)", within: .always)
        var regions: [String: Jurisdiction] = [:]
        if let listed = try fields.optionalObject("regions") {
            for name in listed.object.keys {
                guard plan.knows(region: name), NumberPlan.country(ofRegion: name) == country else {
                    throw listed.error(name, "is no region of \(country); use ISO 3166-2, as in US-FL")
                }
                let region = try listed.object(name)
                let rules = try reader.rules(region, label: "\(name) \(dated)", within: base.week)
                try region.finish()
                regions[name] = Jurisdiction(label: rules.label, all: [base, rules])
            }
        }
        try fields.finish()
        (self.country, self.regions) = (country, regions)
    }
}
