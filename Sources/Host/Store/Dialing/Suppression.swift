public import Core

/// A number, or all numbers that begin alike, that must not be called.
public struct Suppression: Sendable, Equatable {
    /// The campaign that it holds for; empty: all.
    public var campaign: String
    /// E.164, or its beginning and `*`. Personal data.
    public var pattern: String
    public var reason: String
    public var made: Timestamp

    public init(campaign: String = "", pattern: String, reason: String, made: Timestamp) {
        (self.campaign, self.pattern, self.reason, self.made) = (campaign, pattern, reason, made)
    }
}
