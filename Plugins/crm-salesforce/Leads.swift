import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// Leads: found by the number in their external identifier, made where nobody has it. Any worker.
final class Leads: Sendable {
    private struct Lead {
        let id: String
        let isConverted: Bool
        /// Of a converted lead.
        let contactID: String?
        let scoredAt: UTCTime?
    }

    private let settings: Settings
    private let org: Org
    private let turns = Turns()

    private static let path = "/sobjects/Lead"

    init(_ settings: Settings, _ org: Org) { (self.settings, self.org) = (settings, org) }

    /// Whom a task is about: a lead, or the contact that it has become; nil where nothing is known to find one by.
    func person(leadID: String, phone: String?, _ attempt: Attempt) throws(PluginProblem) -> String? {
        if let lead = try known(leadID, attempt) { return lead.isConverted ? lead.contactID : lead.id }
        guard let phone else { return nil }
        return try turns.take(phone, attempt) { () throws(PluginProblem) in
            guard let lead = try find(phone, attempt) else { return try make(phone, [:], attempt) }
            return lead.isConverted ? lead.contactID : lead.id
        }
    }

    /// Writes score and stage, unless newer ones are there.
    func update(_ standing: LeadStanding, at time: UTCTime, _ attempt: Attempt) throws(PluginProblem) -> String {
        let fields = settings.fields(of: standing, at: time)
        if let lead = try known(standing.leadID, attempt) { return try write(fields, to: lead, at: time, attempt) }
        guard let phone = standing.phone else {
            throw PluginProblem(.invalid, "data.phone: is missing; Salesforce's leads are found by their number")
        }
        return try turns.take(phone, attempt) { () throws(PluginProblem) in
            guard let lead = try find(phone, attempt) else { return "Lead/\(try make(phone, fields, attempt))" }
            return try write(fields, to: lead, at: time, attempt)
        }
    }

    private func write(
        _ fields: JSONObject,
        to lead: Lead,
        at time: UTCTime,
        _ attempt: Attempt
    ) throws(PluginProblem) -> String {
        guard !lead.isConverted else {
            throw PluginProblem(
                .invalid,
                "Salesforce: the lead \(lead.id) was converted, and scores have no place in a contact"
            )
        }
        let isOld = lead.scoredAt.map { $0 > time } ?? false
        if !isOld, !fields.isEmpty { _ = try org.ask("PATCH", "\(Self.path)/\(lead.id)", fields, within: attempt) }
        return "Lead/\(lead.id)"
    }

    // MARK: Finding

    /// The lead whose identifier in Salesforce is known; nil for identifiers of others.
    private func known(_ leadID: String, _ attempt: Attempt) throws(PluginProblem) -> Lead? {
        guard leadID.hasPrefix(API.leadPrefix), API.isIdentifier(leadID) else { return nil }
        return try lead(try org.ask("GET", "\(Self.path)/\(leadID)?\(query)", within: attempt).json)
    }

    private func find(_ phone: String, _ attempt: Attempt) throws(PluginProblem) -> Lead? {
        let answer = try org.ask("GET", "\(address(phone))?\(query)", accepting: [300, 404], within: attempt)
        if answer.status == 404 { return nil }
        guard answer.status != 300 else { throw several(answer.json) }
        return try lead(answer.json)
    }

    private func address(_ phone: String) -> String { "\(Self.path)/\(settings.leadIDField)/\(phone.percentEncoded())" }

    private var query: String {
        let names = ["Id", "IsConverted", "ConvertedContactId", settings.scoredAtField].filter { !$0.isEmpty }
        return "fields=\(names.joined(separator: ","))"
    }

    private func lead(_ json: JSON) throws(PluginProblem) -> Lead {
        guard let id = json["Id"]?.string else {
            throw PluginProblem(.malformed, "Salesforce: a lead without an Id; does login_url name the org?")
        }
        return Lead(
            id: id,
            isConverted: json["IsConverted"]?.bool ?? false,
            contactID: json["ConvertedContactId"]?.string,
            scoredAt: UTCTime(json[settings.scoredAtField]?.string ?? "")
        )
    }

    /// The answer lists the addresses of all of them; nothing was written.
    private func several(_ json: JSON) -> PluginProblem {
        let names = (json.array ?? []).compactMap { $0.string?.split(separator: "/").last }.prefix(4)
        let list = names.joined(separator: ", ")
        return PluginProblem(
            .invalid,
            "Salesforce: several leads have this number in \(settings.leadIDField) (\(list)): merge them, and make the field unique"
        )
    }

    // MARK: Making

    /// The identifier of a new lead, or of the one that somebody else made meanwhile.
    private func make(_ phone: String, _ fields: JSONObject, _ attempt: Attempt) throws(PluginProblem) -> String {
        var all = settings.fields(ofNewLead: phone)
        for (name, value) in fields { all[name] = value }
        let answer = try org.ask("PATCH", address(phone), all, accepting: [300], within: attempt)
        guard answer.status != 300 else { throw several(answer.json) }
        if let id = answer.json["id"]?.string { return id }
        guard let lead = try find(phone, attempt) else {
            throw PluginProblem(.unavailable, "Salesforce: a lead that was made just now is not there")
        }
        return lead.id
    }
}
