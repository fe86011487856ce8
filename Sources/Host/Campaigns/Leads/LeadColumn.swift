/// What a column of a file, or a member of an object, says of a lead.
enum LeadColumn: Equatable {
    /// A number; the first one that is there is the lead's, the others follow it.
    case number
    /// Further numbers in one value.
    case numbers
    case name, firstName, lastName
    case zone, region, language
    case consentKind, consentAt, consentSource
    case externalID, priority, score
    /// An object whose members are fields.
    case fields
    /// A field of the lead, under this name.
    case field(String)

    /// By its name, in whatever way it is written: `Phone Number` is `phone_number`.
    init(_ title: String) {
        let name = Self.plain(title)
        self = Self.known[name] ?? (Self.isFurtherNumber(name) ? .number : .field(name))
    }

    /// Lower case; what is neither letter nor digit becomes `_`.
    static func plain(_ title: String) -> String {
        let mapped = title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }
        return mapped.split(separator: "_").map { String($0) }.joined(separator: "_")
    }

    /// `phone_2`, `alternative_number`.
    private static func isFurtherNumber(_ name: String) -> Bool {
        let stem = name.drop { $0 == "_" }
        let base = stem.prefix { !$0.isNumber }.split(separator: "_").joined(separator: "_")
        if stem.last?.isNumber == true, known[base] == .number { return true }
        let words = ["alternative_", "alternate_", "alt_", "second_", "other_"]
        return words.contains { name.hasPrefix($0) && known[String(name.dropFirst($0.count))] == .number }
    }

    private static let known: [String: LeadColumn] = [
        "number": .number, "phone": .number, "phone_number": .number, "telephone": .number, "tel": .number,
        "telephone_number": .number, "mobile": .number, "mobile_phone": .number, "cell": .number, "cell_phone": .number,
        "home_phone": .number, "work_phone": .number, "e164": .number, "numbers": .numbers,
        "further_numbers": .numbers, "phones": .numbers, "name": .name, "full_name": .name, "first_name": .firstName,
        "last_name": .lastName, "zone": .zone, "time_zone": .zone, "timezone": .zone, "tz": .zone, "region": .region,
        "state": .region, "province": .region, "language": .language, "lang": .language, "locale": .language,
        "consent": .consentKind, "consent_kind": .consentKind, "consent_at": .consentAt, "consent_date": .consentAt,
        "consent_source": .consentSource, "external_id": .externalID, "id": .externalID, "crm_id": .externalID,
        "lead_id": .externalID, "priority": .priority, "score": .score, "fields": .fields, "metadata": .fields,
    ]
}
