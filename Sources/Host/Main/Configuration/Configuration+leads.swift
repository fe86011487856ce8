import JSONKit

extension Configuration {
    /// A list that is kept up with the CRM.
    struct LeadPullEntry: Sendable {
        var list: String
        var everyMinutes: Int
        /// Of numbers without a country code; empty: such numbers are refused.
        var country = ""
        var route = "crm"
    }
}

extension Configuration.LeadPullEntry {
    init(_ fields: Fields) throws(FieldError) {
        list = try fields.string("list")
        guard list.isName else {
            throw fields.error("list", "must have 1 to 64 letters, digits, - and _")
        }
        everyMinutes = try fields.int("every_minutes", in: 1...10_080)
        country = try fields.string("country", default: country)
        route = try fields.string("route", default: route)
        try fields.finish()
    }

    /// The `leads` of a configuration.
    static func read(_ fields: Fields) throws(FieldError) -> [Configuration.LeadPullEntry] {
        var pulls: [Configuration.LeadPullEntry] = []
        for part in try fields.objects("pull", default: []) { pulls.append(try Configuration.LeadPullEntry(part)) }
        try fields.finish()
        return pulls
    }

    var json: JSON {
        [
            "list": .string(list), "every_minutes": .int(Int64(everyMinutes)), "country": .string(country),
            "route": .string(route),
        ]
    }
}
