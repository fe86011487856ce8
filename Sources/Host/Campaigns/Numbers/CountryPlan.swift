import JSONKit

/// How a country writes its numbers.
struct CountryPlan: Sendable {
    /// ISO 3166-1, as in `DE`.
    let name: String
    /// As in `49`.
    let code: String
    /// What stands before a national number within the country; empty: nothing. Nil: it is not as simple as that, and national
    /// numbers are refused.
    let trunk: String?
    /// How many digits stand behind the calling code.
    let lengths: [Int]
    /// National beginnings that cost the caller extra.
    let premium: [String]
    /// National beginnings that belong to nobody, for films and tests.
    let tests: [String]
    /// National beginnings of numbers that are carried about: where the country has several zones, they tell none.
    let mobile: [String]
    /// ISO 3166-2, where they are listed; empty: they are not.
    let regions: [String]
    /// The one that numbers belong to where several countries share a calling code.
    let isMain: Bool

    init(_ name: String, _ fields: Fields) throws(FieldError) {
        self.name = name
        code = try fields.string("code")
        trunk = try fields.optionalString("trunk")
        isMain = try fields.bool("main", default: false)
        premium = Self.words(try fields.string("premium", default: ""))
        mobile = Self.words(try fields.string("mobile", default: ""))
        tests = Self.words(try fields.string("tests", default: ""))
        regions = Self.words(try fields.string("regions", default: ""))
        lengths = try fields.json("lengths", default: []).array?.compactMap(\.int).map(Int.init) ?? []
        guard !lengths.isEmpty else { throw fields.error("lengths", "needs at least one length") }
        try fields.finish()
    }

    static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
