import JSONKit
import PluginKit

/// What the operator set.
struct Settings: Sendable {
    let base: String
    let tokenSecret: String
    let clientID: String
    let clientSecret: String
    /// Empty: a private app's token is used.
    let refreshSecret: String
    /// Holds our identifier on calls and notes.
    let idProperty: String
    let hasUniqueIDs: Bool
    /// Unique, holds the number on contacts; empty: contacts are found by search alone.
    let phoneProperty: String
    let searchProperties: [String]
    let scoreProperty: String
    let stageProperty: String
    let scoredAtProperty: String
    /// Properties of calls, by what a review calls its parts.
    let reviewProperties: [String: String]
    let stageValues: [String: String]
    let dispositions: [String: String]
    let ownerID: String
    let newContact: JSONObject
    let hasTranscript: Bool
    let leadsFilters: [JSON]
    let leadsProperties: [String]
    let offsetMinutes: Int
    let connectMilliseconds: Int
    let totalMilliseconds: Int

    init(_ config: JSON) throws(PluginProblem) {
        func text(_ name: String, _ standard: String = "") -> String { config[name]?.string ?? standard }
        func map(_ name: String) -> [String: String] {
            var values: [String: String] = [:]
            for (key, value) in config[name]?.object ?? [:] { values[key] = value.string ?? value.description }
            return values
        }
        base = try Self.base(text("base_url", API.base))
        (tokenSecret, refreshSecret) = (text("token_secret", "hubspot_token"), text("refresh_token_secret"))
        (clientID, clientSecret) = (text("client_id"), text("client_secret_secret", "hubspot_client_secret"))
        if !refreshSecret.isEmpty, clientID.isEmpty {
            throw PluginProblem(.invalid, "client_id: is required beside refresh_token_secret")
        }
        idProperty = text("id_property", "patchbay_id")
        hasUniqueIDs = config["unique_ids"]?.bool ?? true
        phoneProperty = text("phone_property", "patchbay_phone")
        searchProperties = config["search_properties"]?.array?.compactMap(\.string) ?? ["phone", "mobilephone"]
        (scoreProperty, stageProperty) = (
            text("score_property", "patchbay_score"), text("stage_property", "patchbay_stage")
        )
        scoredAtProperty = text("scored_at_property", "patchbay_scored_at")
        reviewProperties = [
            "sentiment": text("sentiment_property", "patchbay_sentiment"),
            "resolution": text("resolution_property", "patchbay_resolution"),
            "summary": text("summary_property", "patchbay_summary"),
        ]
        (stageValues, ownerID) = (map("stage_values"), text("owner_id"))
        dispositions = map("dispositions").mapValues { API.dispositions[$0] ?? $0 }
        newContact = config["new_contact"]?.object ?? [:]
        hasTranscript = config["transcript"]?.bool ?? true
        leadsFilters = config["leads_filters"]?.array ?? []
        leadsProperties = config["leads_properties"]?.array?.compactMap(\.string) ?? []
        offsetMinutes = Int(config["utc_offset_minutes"]?.int ?? 0)
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 5000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 18_000)
    }

    private static func base(_ url: String) throws(PluginProblem) -> String {
        guard ["http://", "https://"].contains(where: { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }) else {
            throw PluginProblem(.invalid, "base_url: must begin with https:// and name a host, is \"\(url)\"")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// Settings that name a property, with that property.
    var propertySettings: [(setting: String, property: String)] {
        [
            ("id_property", idProperty), ("phone_property", phoneProperty), ("score_property", scoreProperty),
            ("stage_property", stageProperty), ("scored_at_property", scoredAtProperty),
        ] + reviewProperties.map { ("\($0.key)_property", $0.value) }
            + searchProperties.map { ("search_properties", $0) } + leadsProperties.map { ("leads_properties", $0) }
            + newContact.map { ("new_contact", $0.key) }
    }

    /// What is wrong before anything is asked; nil: nothing known.
    func missingSecret(_ host: Host) -> PluginProblem? {
        let wanted =
            refreshSecret.isEmpty
            ? [("token_secret", tokenSecret)]
            : [("refresh_token_secret", refreshSecret), ("client_secret_secret", clientSecret)]
        for (setting, name) in wanted where host.secret(name) == nil {
            return PluginProblem(.refused, "HubSpot: the secret \(name) is not there (\(setting))")
        }
        return nil
    }
}
