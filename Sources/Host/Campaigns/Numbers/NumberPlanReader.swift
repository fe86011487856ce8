import JSONKit

/// Builds what a `NumberPlan` looks up from its document.
struct NumberPlanReader {
    var countries: [String: CountryPlan] = [:]
    var homes: [NumberPlan.Home] = []
    var homeTree = PrefixTree()
    var zoneSets: [[String]] = []
    var zoneTree = PrefixTree()
    var mobileTree = PrefixTree()
    var zones: [String: Set<String>] = [:]
    var regions: [String: Set<String>] = [:]

    private static let shared = "1"

    mutating func readCountries(_ fields: Fields) throws(FieldError) {
        for name in fields.object.keys {
            let country = try CountryPlan(name, fields.object(name))
            countries[name] = country
            if !country.regions.isEmpty { regions[name] = Set(country.regions) }
            guard country.isMain else { continue }
            homeTree.insert(country.code, homes.count)
            // Area codes tell North America's countries apart; a number without a known one belongs to any of them.
            homes.append(NumberPlan.Home(country: country.code == Self.shared ? "" : name, regions: []))
        }
    }

    mutating func readAreas(_ fields: Fields) throws(FieldError) {
        var owners: [(area: String, names: [String])] = []
        for name in fields.object.keys {
            for area in CountryPlan.words(try fields.string(name)) {
                if let index = owners.firstIndex(where: { $0.area == area }) {
                    owners[index].names.append(name)
                } else {
                    owners.append((area, [name]))
                }
            }
            if let country = NumberPlan.country(ofRegion: name) { regions[country, default: []].insert(name) }
        }
        for (area, names) in owners {
            let country = NumberPlan.country(ofRegion: names[0]) ?? names[0]
            homeTree.insert("1" + area, homes.count)
            let listed = names.filter { NumberPlan.country(ofRegion: $0) != nil }
            homes.append(NumberPlan.Home(country: country, regions: listed))
        }
    }

    mutating func readZones(_ fields: Fields) throws(FieldError) {
        for key in fields.object.keys {
            let names = CountryPlan.words(key)
            for prefix in CountryPlan.words(try fields.string(key)) {
                zoneTree.insert(prefix, zoneSets.count)
                guard let home = homeTree.longest(in: prefix) else { continue }
                let owner = homes[home.value]
                if !owner.country.isEmpty { zones[owner.country, default: []].formUnion(names) }
                for region in owner.regions { zones[region, default: []].formUnion(names) }
            }
            zoneSets.append(names)
        }
        for country in countries.values where country.isMain && (zones[country.name]?.count ?? 0) > 1 {
            for prefix in country.mobile { mobileTree.insert(country.code + prefix, 0) }
        }
    }
}
