import Core
import JSONKit

/// A call that the carrier knows of.
struct CarrierCall: Sendable, Equatable {
    let carrierCallID: String
    /// `queued initiated ringing in-progress completed busy no-answer failed canceled`
    let status: String
    /// When it was made, in whole seconds; nil: the carrier does not say.
    let at: Timestamp?
    /// `human`, `machine_...`, `fax`; empty: not known.
    let answeredBy: String
    /// Seconds of talk.
    let duration: Int64?

    /// Whether anything can still become of it.
    var isLive: Bool { ["queued", "initiated", "ringing", "in-progress"].contains(status) }

    /// As plugins write it; nil: it is none.
    init?(_ json: JSON) {
        guard let id = json["carrier_call_id"]?.string, !id.isEmpty, let status = json["status"]?.string else {
            return nil
        }
        (carrierCallID, self.status) = (id, status)
        at = json["at"]?.string.flatMap { Timestamp(parsing: $0) }
        answeredBy = json["answered_by"]?.string ?? ""
        duration = json["duration_s"]?.int
    }
}
