extension LeadColumn {
    /// The columns that hold one short text.
    enum Part {
        case name, firstName, lastName, zone, region, language, consentKind, consentAt, consentSource, externalID,
            priority, score
    }

    var part: Part? {
        switch self {
        case .name: .name
        case .firstName: .firstName
        case .lastName: .lastName
        case .zone: .zone
        case .region: .region
        case .language: .language
        case .consentKind: .consentKind
        case .consentAt: .consentAt
        case .consentSource: .consentSource
        case .externalID: .externalID
        case .priority: .priority
        case .score: .score
        case .number, .numbers, .fields, .field: nil
        }
    }
}
