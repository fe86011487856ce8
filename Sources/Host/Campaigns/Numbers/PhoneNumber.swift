/// A telephone number in E.164, as in `+4930123456`. Personal data.
public struct PhoneNumber: Sendable, Hashable, CustomStringConvertible {
    /// `+` and at most 15 digits.
    public let e164: String

    public var description: String { e164 }

    /// Reads a number as people write it: `+49 30 123456`, `0049 (30) 123456`, and with a `country` (as in `DE`) also
    /// `030/123456`. Numbers that nobody may or can call are refused: too long, too short, premium, or made up for films.
    ///
    /// What is not known for sure is refused: national numbers of countries whose way of writing is more than a trunk prefix.
    /// With `allowsTests`, those for films and tests are taken, too: a carrier to practise on has them.
    /// - Throws: the problem and what would be right, without the number.
    public init(
        _ text: String,
        country: String = "",
        plan: NumberPlan = .shipped,
        allowsTests: Bool = false
    ) throws(NumberError) {
        let written = try WrittenNumber(text)
        guard country.isEmpty || plan.countries[country] != nil else {
            throw NumberError("country \(country) is unknown; use two letters such as US or DE")
        }
        let digits: String
        switch written.form {
        case .international(let rest): digits = rest
        case .national(let rest): digits = try Self.international(rest, country, plan)
        }
        guard digits.utf8.count <= 15 else { throw NumberError("has more than 15 digits") }
        guard digits.utf8.count >= 7 else {
            throw NumberError("has too few digits; write it with country and area code")
        }
        guard let home = plan.homeIndex(of: digits), let facts = Self.plan(digits, plan.homes[home].country, plan)
        else {
            throw NumberError(
                "begins with a country code that no country has; see that + is followed by one such as 1 or 49"
            )
        }
        try Self.check(digits, facts, allowsTests: allowsTests)
        e164 = "+" + digits
    }

    private static func plan(_ digits: String, _ country: String, _ plan: NumberPlan) -> CountryPlan? {
        // North American numbers are written alike, whichever country's they are.
        plan.countries[country] ?? (digits.hasPrefix("1") ? plan.countries["US"] : nil)
    }

    private static func international(
        _ rest: String,
        _ country: String,
        _ plan: NumberPlan
    ) throws(NumberError) -> String {
        if country.isEmpty, rest.hasPrefix("011") { return String(rest.dropFirst(3)) }
        guard let facts = plan.countries[country] else {
            throw NumberError(
                "has no country code; write it with + and the country's code, or say which country is meant"
            )
        }
        if facts.code == "1", rest.hasPrefix("011") { return String(rest.dropFirst(3)) }
        guard let trunk = facts.trunk else {
            throw NumberError(
                "is a national number of \(country), which are not understood here; write it with +\(facts.code)"
            )
        }
        if !trunk.isEmpty, rest.hasPrefix(trunk), facts.lengths.contains(rest.utf8.count - trunk.utf8.count) {
            return facts.code + rest.dropFirst(trunk.utf8.count)
        }
        // Behind a trunk 0 everything is a national number; without it, it may as well be a local one.
        guard trunk.isEmpty || !trunk.hasPrefix("0") else {
            let reason =
                rest.hasPrefix(trunk)
                ? "has a wrong number of digits for \(country)" : "lacks the \(trunk) of \(country)"
            throw NumberError("\(reason); write it with area code, as in \(trunk)... or +\(facts.code)...")
        }
        guard facts.lengths.contains(rest.utf8.count) else {
            throw NumberError("has a wrong number of digits for \(country); write it with area code")
        }
        return facts.code + rest
    }

    private static func check(
        _ digits: String,
        _ facts: CountryPlan,
        allowsTests: Bool
    ) throws(NumberError) {
        let national = digits.dropFirst(facts.code.utf8.count)
        if let trunk = facts.trunk, trunk == "0", national.hasPrefix("0") {
            throw NumberError("has the trunk prefix 0 behind +\(facts.code); leave it out")
        }
        guard facts.lengths.contains(national.utf8.count) else {
            throw NumberError(
                "has \(national.utf8.count) digits behind +\(facts.code), which no number of \(facts.name) has"
            )
        }
        if facts.code == "1" { try checkNorthAmerican(national, allowsTests: allowsTests) }
        if facts.premium.contains(where: { national.hasPrefix($0) }) {
            throw NumberError("is a premium number of \(facts.name), which is not called")
        }
        if !allowsTests, facts.tests.contains(where: { national.hasPrefix($0) }) {
            throw NumberError("is of a range of \(facts.name) that is kept for films and tests")
        }
    }

    /// Area code and exchange are [2-9]XX and not N11; 900, 976 and 555-01XX are nobody's telephone.
    private static func checkNorthAmerican(_ national: Substring, allowsTests: Bool) throws(NumberError) {
        let digits = Array(national.utf8)
        let (area, exchange) = (digits[0..<3], digits[3..<6])
        for (part, name) in [(area, "area code"), (exchange, "exchange")] {
            guard part.first ?? 0 >= UInt8(ascii: "2") else {
                throw NumberError("has an \(name) that begins with 0 or 1")
            }
            guard !part.dropFirst().elementsEqual("11".utf8) else {
                throw NumberError("has an \(name) that ends in 11")
            }
        }
        guard !exchange.elementsEqual("976".utf8) else {
            throw NumberError("is a premium number (976), which is not called")
        }
        guard allowsTests || !(exchange.elementsEqual("555".utf8) && digits[6..<8].elementsEqual("01".utf8)) else {
            throw NumberError("is of the range 555-01XX, which is kept for films and tests")
        }
    }
}
