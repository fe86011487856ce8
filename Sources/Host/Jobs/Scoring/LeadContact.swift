import Core
import JSONKit

/// What a score knows of one call with a lead.
struct LeadContact: Equatable {
    enum Outcome { case conversation, unreached, refused }

    var at: Timestamp
    var isInbound: Bool
    var outcome: Outcome
    var seconds: Double
    /// 1 positive, 0 neutral or not known, -1 negative.
    var sentiment: Int
    /// Something was agreed on: an appointment, a call back, a promise.
    var isAgreed: Bool

    /// From the outcome of a call and what was found out about it afterwards.
    init(_ ended: Event, review: JSON?) {
        let data = ended.data
        let disposition = data["disposition"]?.string ?? ""
        func has(_ parts: String...) -> Bool { parts.contains { disposition.contains($0) } }
        at = ended.at
        isInbound = data["direction"]?.string != "outbound"
        seconds = data["duration_s"]?.double ?? 0
        let hasSpoken = data["transcript"]?.array?.contains { $0["who"]?.string == "caller" } ?? false
        if has("do_not_call", "not_interested", "dnc") {
            outcome = .refused
        } else if !hasSpoken || has("no_input", "hung_up_early", "message_left", "machine", "no_answer", "busy") {
            outcome = .unreached
        } else {
            outcome = .conversation
        }
        sentiment = review?["sentiment"] == "positive" ? 1 : review?["sentiment"] == "negative" ? -1 : 0
        isAgreed = !has("unfinished", "not_") && has("booked", "agreed", "callback", "promised", "qualified", "sale")
    }
}
