import JSONKit
import PluginKit

/// What the operator set.
struct Settings: Sendable {
    enum Grant: String {
        case jwtBearer = "jwt_bearer"
        case refreshToken = "refresh_token"
        case clientCredentials = "client_credentials"
    }

    let loginURL: String
    let grant: Grant
    let consumerKey: String
    let username: String
    let keySecret: String
    let clientSecret: String
    let refreshSecret: String
    let version: String
    /// External identifiers: the number on leads, ours on tasks.
    let leadIDField: String
    let taskIDField: String
    let scoreField: String
    let stageField: String
    let scoredAtField: String
    /// Fields of tasks, by what a review calls its parts.
    let reviewFields: [String: String]
    let stageValues: [String: String]
    let dispositions: [String: String]
    let newLead: JSONObject
    let ownerID: String
    let hasTranscript: Bool
    let leadsWhere: String
    let leadsFields: [String]
    let connectMilliseconds: Int
    let totalMilliseconds: Int

    init(_ config: JSON) throws(PluginProblem) {
        func text(_ name: String, _ standard: String = "") -> String { config[name]?.string ?? standard }
        func map(_ name: String) -> [String: String] {
            var values: [String: String] = [:]
            for (key, value) in config[name]?.object ?? [:] { values[key] = value.string ?? value.description }
            return values
        }
        loginURL = try Self.address(text("login_url", API.login))
        grant = Grant(rawValue: text("grant")) ?? .jwtBearer
        (consumerKey, username) = (text("consumer_key"), text("username"))
        if grant == .jwtBearer, username.isEmpty {
            throw PluginProblem(.invalid, "username: is required with the grant jwt_bearer")
        }
        keySecret = text("private_key_secret", "salesforce_private_key")
        clientSecret = text("client_secret_secret", "salesforce_client_secret")
        refreshSecret = text("refresh_token_secret", "salesforce_refresh_token")
        version = text("api_version", API.version)
        (leadIDField, taskIDField) = (
            text("lead_id_field", "Patchbay_Phone__c"), text("task_id_field", "Patchbay_Id__c")
        )
        (scoreField, stageField) = (text("score_field", "Patchbay_Score__c"), text("stage_field", "Patchbay_Stage__c"))
        scoredAtField = text("scored_at_field", "Patchbay_Scored_At__c")
        reviewFields = [
            "sentiment": text("sentiment_field", "Patchbay_Sentiment__c"),
            "resolution": text("resolution_field", "Patchbay_Resolution__c"),
            "summary": text("summary_field", "Patchbay_Summary__c"),
        ]
        (stageValues, dispositions, ownerID) = (map("stage_values"), map("dispositions"), text("owner_id"))
        newLead = config["new_lead"]?.object ?? [:]
        hasTranscript = config["transcript"]?.bool ?? true
        leadsWhere = text("leads_where")
        leadsFields = config["leads_fields"]?.array?.compactMap(\.string) ?? []
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 5000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 18_000)
    }

    private static func address(_ url: String) throws(PluginProblem) -> String {
        guard ["http://", "https://"].contains(where: { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }) else {
            throw PluginProblem(.invalid, "login_url: must begin with https:// and name a host, is \"\(url)\"")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// Settings that name a field, with that field.
    var fieldSettings: [(setting: String, field: String)] {
        [
            ("lead_id_field", leadIDField), ("task_id_field", taskIDField), ("score_field", scoreField),
            ("stage_field", stageField), ("scored_at_field", scoredAtField),
        ] + reviewFields.map { ("\($0.key)_field", $0.value) } + leadsFields.map { ("leads_fields", $0) }
            + newLead.map { ("new_lead", $0.key) }
    }
}
