import CRMPluginKit
import JSONKit
import ProviderKit

/// Records as HubSpot's properties.
extension Settings {
    func properties(of call: CallOutcome, at time: UTCTime) -> JSONObject {
        let status = API.statuses.first { call.disposition.contains($0.0) }?.1 ?? "COMPLETED"
        var properties: JSONObject = [
            "hs_timestamp": .string(time.description), "hs_call_title": .string(call.title),
            "hs_call_body": .string(Self.markup(call.text(withTranscript: hasTranscript, limit: API.textLimit))),
            "hs_call_direction": call.isOutbound ? "OUTBOUND" : "INBOUND",
            "hs_call_duration": .string(String(call.milliseconds)), "hs_call_from_number": .string(call.from),
            "hs_call_to_number": .string(call.to), "hs_call_status": .string(status),
        ]
        if let disposition = dispositions[call.disposition] ?? dispositions["*"] {
            properties["hs_call_disposition"] = .string(disposition)
        }
        if call.recording.hasPrefix("https://") { properties["hs_call_recording_url"] = .string(call.recording) }
        if !ownerID.isEmpty { properties["hubspot_owner_id"] = .string(ownerID) }
        return properties
    }

    func properties(of note: CallNote, at time: UTCTime) -> JSONObject {
        var properties: JSONObject = [
            "hs_timestamp": .string(time.description),
            "hs_note_body": .string(Self.markup("\(note.title)\n\(note.text)")),
        ]
        if !ownerID.isEmpty { properties["hubspot_owner_id"] = .string(ownerID) }
        return properties
    }

    func properties(of review: CallReview) -> JSONObject {
        var properties: JSONObject = [:]
        for (name, value) in review.values {
            guard let property = reviewProperties[name], !property.isEmpty else { continue }
            properties[property] = .string(value)
        }
        return properties
    }

    func properties(of standing: LeadStanding, at time: UTCTime) -> JSONObject {
        var properties: JSONObject = [:]
        if let score = standing.score, !scoreProperty.isEmpty {
            properties[scoreProperty] = .string(score.description)
        }
        if !standing.stage.isEmpty, !stageProperty.isEmpty {
            properties[stageProperty] = .string(stageValues[standing.stage] ?? standing.stage)
        }
        if !scoredAtProperty.isEmpty { properties[scoredAtProperty] = .string(time.description) }
        return properties
    }

    /// Bodies are HTML: what a caller said is text in them.
    private static func markup(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\n", with: "<br>")
    }
}
