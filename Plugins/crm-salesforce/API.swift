/// What Salesforce calls things; all of it in one place.
enum API {
    static let login = "https://login.salesforce.com"
    static let token = "/services/oauth2/token"
    static let version = "v60.0"
    static let jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    /// How long a signed statement is good for, in seconds. Salesforce refuses more than 180, and its clock may lag behind ours.
    static let assertionLifetime = 120
    /// Where identifiers of leads begin.
    static let leadPrefix = "00Q"
    /// The most rows of one answer.
    static let queryLimit = 2000
    /// The longest description of a task, in characters.
    static let textLimit = 31_000
    /// The longest CallDisposition, and the longest Subject.
    static let shortLimit = 255

    /// Whether a text can be an identifier of Salesforce's: 15 letters and digits, or these and three that check them.
    static func isIdentifier(_ text: some StringProtocol) -> Bool {
        [15, 18].contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 32) }
    }

    static let tooManyRequests = "REQUEST_LIMIT_EXCEEDED"
    static let lockedRow = "UNABLE_TO_LOCK_ROW"
    static let missing: Set<String> = [
        "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE", "MALFORMED_QUERY",
    ]
    static let required = "REQUIRED_FIELD_MISSING"
    static let converted = "CANNOT_UPDATE_CONVERTED_LEAD"
    static let duplicates = "DUPLICATES_DETECTED"
    static let duplicateValue = "DUPLICATE_VALUE"
    static let picklist = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    /// How a 404 says that it is about the field that an address names, and not about a record.
    static let noIDField = "external ID field"
}
