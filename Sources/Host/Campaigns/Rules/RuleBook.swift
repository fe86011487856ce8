import Core
import JSONKit
import Store

/// The law's rules and what is known of numbers: who may be called when, and what follows what came of it.
///
/// A value without clock and I/O, except that the file of a zone that no number has is read when a lead names it first.
/// Any thread.
public struct RuleBook: Sendable {
    /// Which rules these are, as in `DE 2026-11-25, US 2026-11-25`.
    public let version: String
    /// What is known of numbers.
    public let plan: NumberPlan
    /// By country, region, and `*`. A country's holds for those of whom no region is known: all its regions' rules do.
    private let laws: [String: Jurisdiction]
    /// By country and `*`, without the regions'.
    private let bases: [String: Jurisdiction]
    /// By index of the plan's homes.
    private let homeLaws: [Jurisdiction?]
    /// By index of the plan's zones; nil where the system lacks one.
    private let zoneLists: [[Zone]?]

    /// Reads files of rules. Of two files for one country the later one in order of names holds.
    /// - Throws: the file, where in it, and what would be right.
    public init(_ files: [RuleFile], plan: NumberPlan = .shipped) throws(RuleError) {
        var countries: [String: CountryRules] = [:]
        for file in files.sorted(by: { $0.name < $1.name }) {
            let rules = try Self.read(file, plan)
            guard countries[rules.country] == nil else {
                throw RuleError(
                    file: file.name,
                    problem: "country: another file has rules for \(rules.country) already"
                )
            }
            countries[rules.country] = rules
        }
        guard !countries.isEmpty else {
            throw RuleError(file: "rules", problem: "there are no files (*.json); nobody could be called")
        }
        self.plan = plan
        version = countries.values.map(\.base.label).sorted().joined(separator: ", ")
        let laws = Self.laws(countries, plan)
        self.laws = laws
        bases = countries.mapValues(\.base)
        homeLaws = plan.homes.map { home in
            if home.country.isEmpty { return nil }
            if home.regions.isEmpty { return laws[home.country] ?? laws[CountryRules.others] }
            let all = home.regions.compactMap { laws[$0] ?? laws[home.country] ?? laws[CountryRules.others] }
            return all.count == 1 ? all[0] : Jurisdiction(label: all.map(\.label).joined(separator: " and "), all: all)
        }
        zoneLists = plan.zoneSets.map { names in
            let zones = names.compactMap { ZoneTable.shared.zone($0) }
            return zones.count == names.count ? zones : nil
        }
    }

    private static func read(_ file: RuleFile, _ plan: NumberPlan) throws(RuleError) -> CountryRules {
        do { return try CountryRules(JSON(parsing: String(decoding: file.bytes, as: UTF8.self)), plan: plan) } catch let
            error as JSONError
        {
            throw RuleError(file: file.name, problem: error.description)
        } catch {
            throw RuleError(file: file.name, problem: "\(error)")
        }
    }

    private static func laws(_ countries: [String: CountryRules], _ plan: NumberPlan) -> [String: Jurisdiction] {
        var laws: [String: Jurisdiction] = [:]
        for (name, rules) in countries {
            for (region, law) in rules.regions { laws[region] = law }
            for region in plan.regions[name] ?? [] where laws[region] == nil {
                laws[region] = Jurisdiction(label: "\(region) \(rules.dated)", all: [rules.base])
            }
            let all = [rules.base] + rules.regions.sorted { $0.key < $1.key }.map(\.value)
            laws[name] =
                rules.regions.isEmpty
                ? rules.base : Jurisdiction(label: "\(name) (all regions) \(rules.dated)", all: all)
        }
        return laws
    }

    /// A country's own rules, without its regions'.
    func law(ofCountry country: String) -> Jurisdiction? { bases[country] ?? bases[CountryRules.others] }

    /// Those with rules of their own, and `*`.
    public var countries: Set<String> { Set(bases.keys) }

    var allLaws: [Jurisdiction] { Array(bases.values) }

    // MARK: Places

    /// Where somebody may be: by what their lead says, then by the number, then by the campaign.
    func place(_ lead: Lead, number: String, _ campaign: Campaign) -> Place {
        let home = plan.homeIndex(of: number)
        let laws: [Jurisdiction]
        switch self.laws(lead, home, campaign) {
        case .success(let found): laws = found
        case .failure(let problem): return Place(problem: problem.problem)
        }
        if !lead.zone.isEmpty {
            guard let zone = ZoneTable.shared.zone(lead.zone) else {
                return Place(problem: "the lead's zone \(lead.zone) is unknown; use one such as Europe/Berlin")
            }
            return Place(zones: [zone], laws: laws, source: "the lead's zone")
        }
        if let names = plan.zones[lead.region] { return place(names, laws, source: "the lead's region") }
        if let found = plan.zoneIndex(of: number), found.isExact, let zones = zoneLists[found.index] {
            return Place(zones: zones, laws: laws, source: "the number")
        }
        if !campaign.fallbackZone.isEmpty {
            return place([campaign.fallbackZone], laws, source: "the campaign's fallback")
        }
        let country = self.country(home, campaign)
        guard let names = plan.zones[country] else {
            return Place(problem: "nobody knows the zone; give the lead one, or the campaign a fallback_zone")
        }
        return place(names, laws, isGuess: names.count > 1, source: "the country, 10:00 to 18:00 in all its zones")
    }

    private func place(_ names: [String], _ laws: [Jurisdiction], isGuess: Bool = false, source: String) -> Place {
        var zones: [Zone] = []
        for name in names {
            guard let zone = ZoneTable.shared.zone(name) else {
                return Place(problem: "the zone \(name) is unknown here; name another, or bring tzdata up to date")
            }
            zones.append(zone)
        }
        return Place(zones: zones, laws: laws, isGuess: isGuess, source: source)
    }

    /// Of a number, or for one that several countries may have, the campaign's.
    private func country(_ home: Int?, _ campaign: Campaign) -> String {
        guard let home else { return "" }
        if !plan.homes[home].country.isEmpty { return plan.homes[home].country }
        return plan.countries[campaign.country]?.code == "1" ? campaign.country : ""
    }

    private func laws(_ lead: Lead, _ home: Int?, _ campaign: Campaign) -> Result<[Jurisdiction], NumberError> {
        guard let home else { return .failure(NumberError("the number belongs to no country")) }
        let owner = country(home, campaign)
        let atHome = homeLaws[home] ?? (owner.isEmpty ? nil : laws[owner] ?? laws[CountryRules.others])
        guard !lead.region.isEmpty else {
            guard let atHome else {
                return .failure(
                    NumberError("there are no rules for the number's country; add a file, or name the lead's region")
                )
            }
            return .success([atHome])
        }
        guard plan.knows(region: lead.region), let country = NumberPlan.country(ofRegion: lead.region) else {
            return .failure(NumberError("the lead's region \(lead.region) is unknown; use ISO 3166-2, as in US-FL"))
        }
        guard let there = laws[lead.region] ?? laws[country] ?? laws[CountryRules.others] else {
            return .failure(NumberError("there are no rules for \(country); add a file for it"))
        }
        if owner == country || owner.isEmpty { return .success([there]) }
        // Somebody abroad: both countries may think that it is theirs.
        return .success(atHome.map { [there, $0] } ?? [there])
    }

    func hours(_ place: Place, _ campaign: Campaign) -> Hours {
        Hours(
            zones: place.zones,
            laws: place.laws,
            week: campaign.windows.isEmpty ? nil : CalendarWeek(campaign.windows),
            isGuess: place.isGuess
        )
    }
}

extension RuleBook {
    /// The rules that are compiled in.
    /// - Throws: where a file is wrong; a test keeps that from happening.
    public static func shipped() throws(RuleError) -> RuleBook { try RuleBook(RuleFile.shipped) }
}
