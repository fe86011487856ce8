import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// Leads in the order of their last change. A cursor is a moment and a lead: `2026-01-01T00:00:00.000Z/00Q...`. A lead may
/// come twice, none is left out.
struct LeadQuery {
    private let host: Host
    private let settings: Settings
    private let org: Org

    private static let phones = ["Phone", "MobilePhone"]
    private static let plain = ["Email", "Company", "Status"]
    /// Before every identifier.
    private static let lowest = "000000000000000"
    /// A change of the last minute may not be there for others yet: that minute is asked for again.
    private static let lag: Int64 = 60_000

    init(_ host: Host, _ settings: Settings, _ org: Org) {
        (self.host, self.settings, self.org) = (host, settings, org)
    }

    func page(after cursor: String, limit: Int, _ attempt: Attempt) throws(PluginProblem) -> LeadsPage {
        let start = try position(cursor)
        let limit = min(limit, API.queryLimit)
        let text = query(after: start, limit)
        let json = try org.ask("GET", "/query?q=\(text.percentEncoded())", within: attempt).json
        guard let records = json["records"]?.array else {
            throw PluginProblem(
                .malformed,
                "Salesforce: an answer to a query without records; does login_url name the org?"
            )
        }
        var next = cursor
        if let last = records.last, let id = last["Id"]?.string,
            let moment = UTCTime(last["SystemModstamp"]?.string ?? "")
        {
            let edge = UTCTime(unixMilliseconds: Int64(host.unixMicroseconds / 1000) - Self.lag)
            let isYoung = records.count < limit && moment > edge
            next = isYoung ? "\(max(edge, start?.moment ?? edge))/\(Self.lowest)" : "\(moment)/\(id)"
        }
        return LeadsPage(records.compactMap(lead), next: next)
    }

    private func position(_ cursor: String) throws(PluginProblem) -> (moment: UTCTime, id: String)? {
        guard !cursor.isEmpty else { return nil }
        let parts = cursor.split(separator: "/")
        guard parts.count == 2, let moment = UTCTime(String(parts[0])), API.isIdentifier(parts[1]) else {
            throw PluginProblem(.invalid, "cursor: is none of crm-salesforce's, as 2026-01-01T00:00:00.000Z/00Q...")
        }
        return (moment, String(parts[1]))
    }

    private func query(after start: (moment: UTCTime, id: String)?, _ limit: Int) -> String {
        let fields = ["Id", "Name", "SystemModstamp"] + Self.phones + Self.plain + settings.leadsFields
        var conditions = ["IsConverted = false"]
        if !settings.leadsWhere.isEmpty { conditions.append("(\(settings.leadsWhere))") }
        if let start {
            let moment = start.moment.description
            conditions.append("(SystemModstamp > \(moment) OR (SystemModstamp = \(moment) AND Id > '\(start.id)'))")
        }
        return "SELECT \(fields.joined(separator: ", ")) FROM Lead WHERE \(conditions.joined(separator: " AND "))"
            + " ORDER BY SystemModstamp, Id LIMIT \(limit)"
    }

    /// Nil for a lead that cannot be called.
    private func lead(_ record: JSON) -> JSON? {
        let phones = Self.phones.lazy.compactMap { PhoneNumber.known(record[$0]?.string ?? "") }
        guard let id = record["Id"]?.string, let phone = phones.first else { return nil }
        var metadata: JSONObject = [:]
        for name in Self.plain + settings.leadsFields {
            if let value = record[name], !value.isNull { metadata[name] = value }
        }
        return LeadsPage.lead(id: id, phone: phone, name: record["Name"]?.string ?? "", metadata: metadata)
    }
}
