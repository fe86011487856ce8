import CRMPluginKit
import JSONKit
import ProviderKit

/// Records as Salesforce's fields.
extension Settings {
    func fields(of call: CallOutcome, at time: UTCTime) -> JSONObject {
        var fields = task(call.title, call.text(withTranscript: hasTranscript, limit: API.textLimit), at: time)
        fields["TaskSubtype"] = "Call"
        fields["CallType"] = call.isOutbound ? "Outbound" : "Inbound"
        fields["CallDurationInSeconds"] = .int((call.milliseconds + 500) / 1000)
        fields["CallObject"] = .string(call.callID)
        let disposition = dispositions[call.disposition] ?? dispositions["*"] ?? call.disposition
        if !disposition.isEmpty { fields["CallDisposition"] = .string(String(disposition.prefix(API.shortLimit))) }
        return fields
    }

    func fields(of note: CallNote, at time: UTCTime) -> JSONObject {
        task(note.title, String(note.text.prefix(API.textLimit)), at: time)
    }

    private func task(_ subject: String, _ text: String, at time: UTCTime) -> JSONObject {
        var fields: JSONObject = [
            "Subject": .string(String(subject.prefix(API.shortLimit))), "Status": "Completed",
            "Description": .string(text), "ActivityDate": .string(String(time.description.prefix(10))),
        ]
        if !ownerID.isEmpty { fields["OwnerId"] = .string(ownerID) }
        return fields
    }

    func fields(of review: CallReview) -> JSONObject {
        var fields: JSONObject = [:]
        for (name, value) in review.values {
            guard let field = reviewFields[name], !field.isEmpty else { continue }
            fields[field] = .string(value)
        }
        return fields
    }

    func fields(of standing: LeadStanding, at time: UTCTime) -> JSONObject {
        var fields: JSONObject = [:]
        if let score = standing.score, !scoreField.isEmpty { fields[scoreField] = score }
        if !standing.stage.isEmpty, !stageField.isEmpty {
            fields[stageField] = .string(stageValues[standing.stage] ?? standing.stage)
        }
        if !scoredAtField.isEmpty { fields[scoredAtField] = .string(time.description) }
        return fields
    }

    /// A lead that nobody has entered yet.
    func fields(ofNewLead phone: String) -> JSONObject {
        var fields: JSONObject = ["LastName": .string(phone), "Company": "Unknown", "Phone": .string(phone)]
        for (name, value) in newLead { fields[name] = value }
        return fields
    }
}
