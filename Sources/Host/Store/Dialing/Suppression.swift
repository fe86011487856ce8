public import Core
import JSONKit

/// A number, or all numbers that begin alike, that must not be called.
public struct Suppression: Sendable, Equatable {
    /// The campaign that it holds for; empty: all.
    public var campaign: String
    /// E.164, or its beginning and `*`; `sha256:` and a digest for a number that nobody here may know any more. Personal data.
    public var pattern: String
    public var reason: String
    public var made: Timestamp

    public init(campaign: String = "", pattern: String, reason: String, made: Timestamp) {
        (self.campaign, self.pattern, self.reason, self.made) = (campaign, pattern, reason, made)
    }

    public var isPrefix: Bool { pattern.hasSuffix("*") }

    /// Whether it is one: `+` and up to 15 digits, at least 7 of them where no `*` follows; or a digest.
    public static func isPattern(_ text: String) -> Bool {
        if text.hasPrefix(digestMark) {
            let digits = text.utf8.dropFirst(digestMark.utf8.count)
            return digits.count == 64 && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        }
        guard text.hasPrefix("+") else { return false }
        let isPrefix = text.hasSuffix("*")
        let digits = text.utf8.dropFirst().dropLast(isPrefix ? 1 : 0)
        return (isPrefix ? 1...15 : 7...15).contains(digits.count) && digits.first != 48
            && digits.allSatisfy { (48...57).contains($0) }
    }

    private static let digestMark = "sha256:"

    /// The pattern that forbids a number without telling it.
    public static func digest(of number: String) -> String {
        digestMark + Digest.sha256(Array("patchbay:\(number)".utf8))
    }

    /// Every pattern that would forbid a number.
    static func patterns(of number: String, prefixLengths: Set<Int>) -> [String] {
        [number, digest(of: number)]
            + prefixLengths.filter { $0 <= number.count + 1 }.map { number.prefix($0 - 1) + "*" }
    }

    /// A whole number before a beginning, a long beginning before a short one.
    func isNarrower(than other: Suppression) -> Bool {
        isPrefix == other.isPrefix ? pattern.count > other.pattern.count : !isPrefix
    }

    /// That it has been entered. The event's key does not tell the number.
    public var event: Event {
        let data: JSON = [
            "campaign": .string(campaign), "pattern": .string(pattern), "reason": .string(reason),
            "personal": ["pattern"],
        ]
        return Event(.numberSuppressed, key: Digest.sha256(Array(pattern.utf8)), data: data, at: made)
    }
}
