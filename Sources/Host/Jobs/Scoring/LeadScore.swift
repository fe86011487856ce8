import Core
import Glibc
import JSONKit

/// How promising a lead is: 0 to 100, the sum of its factors. A pure value. A score orders leads; it never overrides who may
/// be called, when, or how often.
struct LeadScore: Equatable {
    /// Goes into the event; count up when a number changes.
    static let version = 1

    /// Where the lead is from: one who calls us wants something.
    var base: Double
    /// How fresh the last contact is.
    var recency: Double
    /// What came of the conversations, older ones less.
    var engagement: Double
    /// Tries that did not reach anybody; negative.
    var fatigue: Double
    /// The lead does not want to be called.
    var isClosed: Bool

    private static let halfLife = 10.0 * 86_400
    private static let fatigueWindow = 30.0 * 86_400

    /// From all that is known of a lead's calls.
    init(_ contacts: [LeadContact], at now: Timestamp) {
        func age(_ contact: LeadContact) -> Double {
            max(0, Double(now.unixMilliseconds - contact.at.unixMilliseconds) / 1000)
        }
        func faded(_ contact: LeadContact) -> Double { exp2(-age(contact) / Self.halfLife) }
        base = contacts.contains(where: \.isInbound) ? 40 : 20
        recency = 20 * (contacts.map(faded).max() ?? 0)
        var engaged = 0.0
        for contact in contacts where contact.outcome == .conversation {
            let worth =
                5 + (contact.seconds > 60 ? 8.0 : 0) + 8 * Double(contact.sentiment) + (contact.isAgreed ? 12 : 0)
            engaged += worth * faded(contact)
        }
        engagement = min(40, max(-20, engaged))
        let vain = contacts.filter { $0.outcome == .unreached && !$0.isInbound && age($0) < Self.fatigueWindow }
        fatigue = -min(30, 4 * Double(vain.count))
        isClosed = contacts.max { $0.at < $1.at }?.outcome == .refused
    }

    /// Whole points.
    var points: Int { isClosed ? 0 : Int(min(100, max(0, base + recency + engagement + fatigue)).rounded()) }

    var stage: String { isClosed ? "closed" : points >= 70 ? "hot" : points >= 40 ? "warm" : "cold" }

    var factors: JSON {
        func rounded(_ value: Double) -> JSON { .double((value * 10).rounded() / 10) }
        return [
            "base": rounded(base), "recency": rounded(recency), "engagement": rounded(engagement),
            "fatigue": rounded(fatigue),
        ]
    }
}
