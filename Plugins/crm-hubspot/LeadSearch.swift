import CRMPluginKit
import JSONKit
import PluginKit
import ProviderKit

/// Contacts in the order of their last change. A cursor is a moment, in milliseconds, and, where more contacts changed at
/// that very moment than a page holds, the last contact's number: `1767225600000/501`. A contact may come twice, none is
/// left out.
struct LeadSearch {
    private let host: Host
    private let settings: Settings
    private let portal: Portal

    private static let changed = "lastmodifieddate"
    private static let number = "hs_object_id"
    private static let names = ["firstname", "lastname"]
    private static let plain = ["email", "company", "lifecyclestage", "hs_lead_status"]
    /// What changed in the last minute may not be in the index yet: that minute is asked for again.
    private static let lag: Int64 = 60_000

    init(_ host: Host, _ settings: Settings, _ portal: Portal) {
        (self.host, self.settings, self.portal) = (host, settings, portal)
    }

    func page(after cursor: String, limit: Int, _ attempt: Attempt) throws(PluginProblem) -> LeadsPage {
        let parts = cursor.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let since = cursor.isEmpty ? 0 : Int64(parts[0]),
            let last = parts.count == 2 ? Int64(parts[1]) : -1
        else {
            throw PluginProblem(.invalid, "cursor: is none of crm-hubspot's, as 1767225600000 or 1767225600000/501")
        }
        let limit = min(limit, API.searchLimit)
        let body = last >= 0 ? tied(since, last, limit) : changed(since, limit)
        let json = try portal.ask("POST", "\(API.objects)/contacts/search", body, within: attempt).json
        guard let results = json["results"]?.array else {
            throw PluginProblem(.malformed, "HubSpot: a search without results; is base_url the API's?")
        }
        return LeadsPage(
            results.compactMap(lead),
            next: next(cursor, since, last, results, isFull: results.count >= limit)
        )
    }

    private func next(_ cursor: String, _ since: Int64, _ last: Int64, _ results: [JSON], isFull: Bool) -> String {
        if last >= 0 {
            let highest = results.last?["id"]?.string.flatMap(Int64.init) ?? last
            return isFull ? "\(since)/\(highest)" : "\(since + 1)"
        }
        guard let latest = results.last.flatMap({ UTCTime($0["properties"]?[Self.changed]?.string ?? "") }) else {
            return cursor
        }
        let moment = latest.unixMilliseconds
        if isFull { return moment > since ? "\(moment)" : "\(since)/0" }
        return "\(max(since, min(moment, Int64(host.unixMicroseconds / 1000) - Self.lag)))"
    }

    private func changed(_ since: Int64, _ limit: Int) -> JSON {
        search([filter(Self.changed, "GTE", since)], sort: Self.changed, limit)
    }

    private func tied(_ moment: Int64, _ last: Int64, _ limit: Int) -> JSON {
        search(
            [filter(Self.changed, "EQ", moment), filter(Self.number, "GT", last)],
            sort: Self.number,
            limit
        )
    }

    private func filter(_ name: String, _ comparison: String, _ value: Int64) -> JSON {
        ["propertyName": .string(name), "operator": .string(comparison), "value": .string(String(value))]
    }

    private func search(_ filters: [JSON], sort: String, _ limit: Int) -> JSON {
        let names = Self.names + Self.plain + settings.searchProperties + settings.leadsProperties + [Self.changed]
        return [
            "filterGroups": [["filters": .array(filters + settings.leadsFilters)]],
            "sorts": [["propertyName": .string(sort), "direction": "ASCENDING"]],
            "properties": .array(names.map { .string($0) }), "limit": .int(Int64(limit)), "after": "0",
        ]
    }

    /// Nil for a contact that cannot be called.
    private func lead(_ json: JSON) -> JSON? {
        let properties = json["properties"] ?? [:]
        func text(_ name: String) -> String { properties[name]?.string ?? "" }
        let phones = settings.searchProperties.lazy.compactMap { PhoneNumber.known(text($0)) }
        guard let id = json["id"]?.string, let phone = phones.first else { return nil }
        var metadata: JSONObject = [:]
        for name in Self.plain + settings.leadsProperties where !text(name).isEmpty {
            metadata[name] = .string(text(name))
        }
        let name = Self.names.map(text).filter { !$0.isEmpty }.joined(separator: " ")
        return LeadsPage.lead(id: Contacts.prefix + id, phone: phone, name: name, metadata: metadata)
    }
}
