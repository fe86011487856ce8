import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// Calls and notes, each once by our identifier. Any worker.
final class Activities: Sendable {
    enum Kind: String {
        case call = "calls"
        case note = "notes"
    }

    private let settings: Settings
    private let portal: Portal
    private let turns = Turns()
    private let recent: RecentObjects

    /// A review that comes before its call asks again after so long.
    private static let patience = 30_000

    init(_ host: Host, _ settings: Settings, _ portal: Portal) {
        (self.settings, self.portal, recent) = (settings, portal, RecentObjects(host))
    }

    /// Writes an activity together with its association, unless it is there. `contact` is asked only if it is not.
    func log(
        _ kind: Kind,
        _ key: String,
        _ properties: JSONObject,
        _ attempt: Attempt,
        contact: () throws(PluginProblem) -> String?
    ) throws(PluginProblem) -> String {
        try turns.take("\(kind.rawValue)/\(key)", attempt) { () throws(PluginProblem) in
            if let id = try find(kind, key, attempt) { return "\(kind.rawValue)/\(id)" }
            return "\(kind.rawValue)/\(try make(kind, key, properties, try contact(), attempt))"
        }
    }

    /// Writes what was found out about a call to it.
    func complete(_ review: CallReview, _ attempt: Attempt) throws(PluginProblem) -> String {
        guard let id = try find(.call, review.callID, attempt) else {
            throw PluginProblem(
                .invalid,
                "HubSpot: the call \(review.callID) is not there yet; its outcome comes first (delivery list)",
                isRetryable: true,
                retryAfterMilliseconds: Self.patience
            )
        }
        let properties = settings.properties(of: review)
        if !properties.isEmpty {
            let body: JSON = ["properties": .object(properties)]
            _ = try portal.ask("PATCH", "\(path(.call))/\(id)", body, within: attempt)
        }
        return "\(Kind.call.rawValue)/\(id)"
    }

    private func path(_ kind: Kind) -> String { "\(API.objects)/\(kind.rawValue)" }

    private func find(_ kind: Kind, _ key: String, _ attempt: Attempt) throws(PluginProblem) -> String? {
        guard !settings.hasUniqueIDs else {
            let query = "idProperty=\(settings.idProperty.percentEncoded())"
            let path = "\(path(kind))/\(key.percentEncoded())?\(query)"
            let answer = try portal.ask("GET", path, accepting: [404], within: attempt)
            return answer.status == 404 ? nil : answer.json["id"]?.string
        }
        switch recent.recall("\(kind.rawValue)/\(key)") {
        case .known(let id): return id
        case .unsure(let wait):
            let text = "HubSpot: whether the record was written is known in \(wait / 1000 + 1) s"
            throw PluginProblem(.invalid, text, isRetryable: true, retryAfterMilliseconds: wait)
        case .nothing: break
        }
        let filter: JSON = ["propertyName": .string(settings.idProperty), "operator": "EQ", "value": .string(key)]
        let body: JSON = [
            "filterGroups": [["filters": [filter]]], "limit": 1, "after": "0", "sorts": [], "properties": [],
        ]
        return try portal.ask("POST", path(kind) + "/search", body, within: attempt).json["results"]?[0]?["id"]?.string
    }

    private func make(
        _ kind: Kind,
        _ key: String,
        _ properties: JSONObject,
        _ contact: String?,
        _ attempt: Attempt
    ) throws(PluginProblem) -> String {
        var properties = properties
        properties[settings.idProperty] = .string(key)
        var body: JSONObject = ["properties": .object(properties)]
        if let contact {
            let type = kind == .call ? API.callToContact : API.noteToContact
            let types: JSON = [["associationCategory": "HUBSPOT_DEFINED", "associationTypeId": .int(Int64(type))]]
            body["associations"] = [["to": ["id": .string(contact)], "types": types]]
        }
        let answer: (status: Int, json: JSON)
        do throws(PluginProblem) {
            answer = try portal.ask("POST", path(kind), .object(body), accepting: [400, 409], within: attempt)
        } catch {
            if !settings.hasUniqueIDs, error.mayHaveBeenDone { recent.lost("\(kind.rawValue)/\(key)") }
            throw error
        }
        if (200..<300).contains(answer.status), let id = answer.json["id"]?.string {
            recent.made("\(kind.rawValue)/\(key)", id: id)
            return id
        }
        // Another host was quicker.
        if let existing = Conflict.existing(answer.status, answer.json), !existing.isEmpty { return existing }
        throw portal.problem(answer.status, answer.json)
    }
}
