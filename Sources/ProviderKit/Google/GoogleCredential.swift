/// What a request to Google proves itself with.
struct GoogleCredential: Sendable {
    /// Nil where nothing is sent.
    let header: (name: String, value: String)?
    /// What must be struck out of errors.
    let secret: String

    static let none = GoogleCredential(header: nil, secret: "")

    static func key(_ key: String) -> Self { Self(header: ("x-goog-api-key", key), secret: key) }

    static func token(_ token: String) -> Self { Self(header: ("authorization", "Bearer \(token)"), secret: token) }
}
