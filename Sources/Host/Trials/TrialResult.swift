public import JSONKit

/// What came of one scripted conversation.
public struct TrialResult: Sendable {
    /// An expectation that was not met.
    public struct Failure: Sendable {
        /// Where the expectation stands in the file.
        public let path: String
        public let expected: String
        public let found: String
        /// When, in seconds of the call.
        public let seconds: Double
        /// How many lines the transcript had by then.
        let lines: Int
    }

    public let name: String
    /// How long the call was, by its own clock.
    public let seconds: Double
    public let failures: [Failure]
    /// Who said what, and what the host made of it: `{"at_s", "who", "text"}`.
    public let transcript: [JSON]

    public var hasPassed: Bool { failures.isEmpty }
}
