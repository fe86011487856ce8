/// Why the carrier does not place a call.
public struct Refusal: Sendable, Equatable {
    /// Of HTTP.
    public let status: Int
    /// The carrier's own.
    public let code: Int
    public let message: String

    static func invalidTo(_ number: String) -> Refusal {
        Refusal(status: 400, code: 21211, message: "The 'To' number \(number) is not a valid phone number.")
    }
    static func invalidFrom(_ number: String) -> Refusal {
        Refusal(status: 400, code: 21212, message: "The 'From' number \(number) is not a valid phone number.")
    }
    static let tooMany = Refusal(status: 429, code: 20429, message: "Too Many Requests")
    static let failed = Refusal(status: 500, code: 20500, message: "An internal server error has occurred")
}
