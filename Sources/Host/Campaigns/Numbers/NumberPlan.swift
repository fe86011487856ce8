import CDialingRules
import Core
import JSONKit

/// What is known of telephone numbers: countries, area codes, regions and zones. A hint: numbers move with their owners.
///
/// Immutable; any thread. `dialing-rules/numbers.json` has it, made by `scripts/number-facts`.
public struct NumberPlan: Sendable {
    /// Where numbers that begin alike belong to.
    struct Home: Sendable {
        /// Empty where several countries share the beginning.
        let country: String
        /// ISO 3166-2; empty: anywhere in the country.
        let regions: [String]
    }

    /// Which facts these are, as in `libphonenumber 9.0.43`.
    public let source: String
    public let dated: String
    let countries: [String: CountryPlan]
    let homes: [Home]
    /// IANA's names, by index of `zoneIndex`.
    let zoneSets: [[String]]
    /// All zones of a country or a region.
    let zones: [String: [String]]
    /// Regions by country.
    let regions: [String: Set<String>]
    private let homeTree: PrefixTree
    private let zoneTree: PrefixTree
    private let mobileTree: PrefixTree

    /// The facts that are compiled in.
    public static let shipped: NumberPlan = {
        let file = dialing_numbers().pointee
        let bytes = UnsafeRawBufferPointer(start: file.bytes, count: Int(file.length))
        // A test reads the file without the fallback.
        return (try? NumberPlan(JSON(parsing: bytes))) ?? NumberPlan()
    }()

    /// Nothing is known: every number is refused.
    private init() {
        (source, dated, countries, homes, zoneSets) = ("none", "", [:], [], [])
        (zones, regions, homeTree, zoneTree, mobileTree) = ([:], [:], PrefixTree(), PrefixTree(), PrefixTree())
    }

    init(_ document: JSON) throws(FieldError) {
        let fields = try Fields(document)
        source = try fields.string("source")
        dated = try fields.string("dated")
        var reader = NumberPlanReader()
        try reader.readCountries(fields.object("countries"))
        try reader.readAreas(fields.object("areas"))
        try reader.readZones(fields.object("zones"))
        try fields.finish()
        (countries, homes, zoneSets) = (reader.countries, reader.homes, reader.zoneSets)
        (homeTree, zoneTree, mobileTree) = (reader.homeTree, reader.zoneTree, reader.mobileTree)
        regions = reader.regions
        zones = reader.zones.mapValues { $0.sorted() }
    }

    /// The index of the home of a number in E.164; nil: no country has such numbers.
    func homeIndex(of number: some StringProtocol) -> Int? { homeTree.longest(in: number)?.value }

    /// The index of the zones that a number's beginning gives, and whether they say where it is: a calling code alone does not where
    /// the country has several, nor does a number that is carried about. Nil: none.
    func zoneIndex(of number: some StringProtocol) -> (index: Int, isExact: Bool)? {
        guard let found = zoneTree.longest(in: number) else { return nil }
        let isNarrow = zoneSets[found.value].count == 1 || found.length > 3
        return (found.value, isNarrow && mobileTree.longest(in: number) == nil)
    }

    /// The country that a number in E.164 belongs to; nil: unknown, or shared by several.
    public func country(of number: String) -> String? {
        guard let index = homeIndex(of: number), !homes[index].country.isEmpty else { return nil }
        return homes[index].country
    }

    /// Whether this is a region, as in `US-FL`, as far as the country's regions are listed.
    public func knows(region: String) -> Bool {
        guard let country = Self.country(ofRegion: region) else { return false }
        guard let listed = regions[country] else { return countries[country] != nil }
        return listed.contains(region)
    }

    /// `US` of `US-FL`; nil where it is not written that way.
    static func country(ofRegion region: String) -> String? {
        let parts = region.split(separator: "-", omittingEmptySubsequences: false)
        let isCode = parts.allSatisfy { part in
            part.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) }
        }
        guard parts.count == 2, isCode, parts[0].count == 2, (1...3).contains(parts[1].count) else { return nil }
        return String(parts[0])
    }
}
