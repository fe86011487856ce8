import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// Contacts: found by number, made where nobody has it. Any worker.
final class Contacts: Sendable {
    private struct Contact {
        let id: String
        let scoredAt: UTCTime?
    }

    private let settings: Settings
    private let portal: Portal
    private let turns = Turns()
    private let recent: RecentObjects

    private static let path = API.objects + "/contacts"
    /// What `leads` calls a contact, and campaigns may bring back.
    static let prefix = "hubspot:"

    init(_ host: Host, _ settings: Settings, _ portal: Portal) {
        (self.settings, self.portal, recent) = (settings, portal, RecentObjects(host))
    }

    /// The contact's identifier; nil where nothing is known that one could be found by. One that the CRM named is believed.
    func find(leadID: String, phone: String?, _ attempt: Attempt) throws(PluginProblem) -> String? {
        if let id = Self.id(leadID) { return id }
        guard let phone else { return nil }
        return try turns.take(phone, attempt) { () throws(PluginProblem) in
            if case .known(let id) = recent.recall(phone) { return id }
            if let contact = try existing(phone, attempt) { return contact.id }
            return try make(phone, attempt)
        }
    }

    /// Writes score and stage, unless newer ones are there.
    func update(_ standing: LeadStanding, at time: UTCTime, _ attempt: Attempt) throws(PluginProblem) -> String {
        let known = Self.id(standing.leadID)
        guard let key = known ?? standing.phone else {
            throw PluginProblem(.invalid, "data.phone: is missing; HubSpot's contacts are found by their number")
        }
        return try turns.take(key, attempt) { () throws(PluginProblem) in
            let found = known == nil ? try existing(key, attempt) : try get(key, attempt)
            guard found != nil || known == nil else {
                throw PluginProblem(.invalid, "HubSpot: there is no contact \(key) any more; was it deleted or merged?")
            }
            if let found, let scoredAt = found.scoredAt, scoredAt > time { return "contacts/\(found.id)" }
            var id = found?.id ?? ""
            if found == nil { id = try make(key, attempt) }
            let properties = settings.properties(of: standing, at: time)
            if !properties.isEmpty {
                do throws(PluginProblem) { try patch(id, properties, attempt) } catch {
                    recent.forget(key)
                    throw error
                }
            }
            return "contacts/\(id)"
        }
    }

    private static func id(_ leadID: String) -> String? {
        guard leadID.hasPrefix(prefix), leadID.dropFirst(prefix.count).allSatisfy(\.isNumber) else { return nil }
        let id = String(leadID.dropFirst(prefix.count))
        return id.isEmpty ? nil : id
    }

    // MARK: Finding

    private func existing(_ phone: String, _ attempt: Attempt) throws(PluginProblem) -> Contact? {
        if !settings.phoneProperty.isEmpty, let contact = try byKey(phone, attempt) { return contact }
        switch recent.recall(phone) {
        case .known(let id):
            if let contact = try get(id, attempt) { return contact }
            recent.forget(phone)
        case .unsure(let wait):
            let text = "HubSpot: whether a contact was made for this number is known in \(wait / 1000 + 1) s"
            throw PluginProblem(.invalid, text, isRetryable: true, retryAfterMilliseconds: wait)
        case .nothing: break
        }
        guard let contact = try bySearch(phone, attempt) else { return nil }
        // The next time it is found without a search.
        if !settings.phoneProperty.isEmpty {
            try patch(contact.id, [settings.phoneProperty: .string(phone)], attempt)
        }
        return contact
    }

    private func byKey(_ phone: String, _ attempt: Attempt) throws(PluginProblem) -> Contact? {
        let query = "idProperty=\(settings.phoneProperty.percentEncoded())&\(properties)"
        let path = "\(Self.path)/\(phone.percentEncoded())?\(query)"
        let answer = try portal.ask("GET", path, accepting: [404], within: attempt)
        return answer.status == 404 ? nil : try contact(answer.json)
    }

    private func get(_ id: String, _ attempt: Attempt) throws(PluginProblem) -> Contact? {
        let answer = try portal.ask("GET", "\(Self.path)/\(id)?\(properties)", accepting: [404], within: attempt)
        return answer.status == 404 ? nil : try contact(answer.json)
    }

    private func bySearch(_ phone: String, _ attempt: Attempt) throws(PluginProblem) -> Contact? {
        let groups = settings.searchProperties.map { name -> JSON in
            ["filters": [["propertyName": .string(name), "operator": "EQ", "value": .string(phone)]]]
        }
        let body: JSON = [
            "filterGroups": .array(groups), "limit": 3, "after": "0", "sorts": [],
            "properties": .array(([settings.scoredAtProperty].filter { !$0.isEmpty }).map { .string($0) }),
        ]
        let found = try portal.ask("POST", Self.path + "/search", body, within: attempt).json["results"]?.array ?? []
        guard found.count <= 1 else {
            let names = found.compactMap { $0["id"]?.string }.joined(separator: ", ")
            let way =
                settings.phoneProperty.isEmpty ? "" : ", or write the number into \(settings.phoneProperty) of one"
            throw PluginProblem(.invalid, "HubSpot: several contacts have this number (\(names)): merge them\(way)")
        }
        guard let first = found.first else { return nil }
        return try contact(first)
    }

    private var properties: String {
        "properties=\(settings.scoredAtProperty.isEmpty ? "phone" : settings.scoredAtProperty.percentEncoded())"
    }

    private func contact(_ json: JSON) throws(PluginProblem) -> Contact {
        guard let id = json["id"]?.string else {
            throw PluginProblem(.malformed, "HubSpot: a contact without an id; is base_url the API's?")
        }
        return Contact(id: id, scoredAt: UTCTime(json["properties"]?[settings.scoredAtProperty]?.string ?? ""))
    }

    // MARK: Writing

    private func make(_ phone: String, _ attempt: Attempt) throws(PluginProblem) -> String {
        var properties = settings.newContact
        properties["phone"] = .string(phone)
        if !settings.phoneProperty.isEmpty { properties[settings.phoneProperty] = .string(phone) }
        let answer: (status: Int, json: JSON)
        do throws(PluginProblem) {
            let body: JSON = ["properties": .object(properties)]
            answer = try portal.ask("POST", Self.path, body, accepting: [400, 409], within: attempt)
        } catch {
            // With a unique property the next try finds it; a search may not yet.
            if settings.phoneProperty.isEmpty, error.mayHaveBeenDone { recent.lost(phone) }
            throw error
        }
        let id: String
        if (200..<300).contains(answer.status) {
            id = answer.json["id"]?.string ?? ""
        } else {
            guard let existing = Conflict.existing(answer.status, answer.json) else {
                throw portal.problem(answer.status, answer.json)
            }
            id = existing
        }
        guard !id.isEmpty else { throw portal.problem(409, answer.json) }
        recent.made(phone, id: id)
        return id
    }

    private func patch(_ id: String, _ properties: JSONObject, _ attempt: Attempt) throws(PluginProblem) {
        let body: JSON = ["properties": .object(properties)]
        let answer = try portal.ask("PATCH", "\(Self.path)/\(id)", body, accepting: [404], within: attempt)
        guard answer.status == 404 else { return }
        throw PluginProblem(
            .invalid,
            "HubSpot: there is no contact \(id) any more; it is looked for again",
            isRetryable: true
        )
    }
}
