import CRMPluginKit
import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(CrmHubspot.self) }

/// Calls, notes, scores and stages in HubSpot, and leads from it.
final class CrmHubspot: Plugin, CRMSystem {
    static let manifest = Manifest(
        name: "crm-hubspot",
        kind: "crm",
        version: "1.0.0",
        blocks: true,
        schema: Settings.schema
    )

    private let host: Host
    private let settings: Settings
    private let portal: Portal
    private let contacts: Contacts
    private let activities: Activities

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
        portal = Portal(host, settings)
        contacts = Contacts(host, settings, portal)
        activities = Activities(host, settings, portal)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        CRMStream(self, host, sink, milliseconds: settings.totalMilliseconds)
    }

    func health() -> PluginProblem? { settings.missingSecret(host) }

    func write(_ record: CRMRecord, _ attempt: Attempt) throws(PluginProblem) -> String {
        switch record.content {
        case .outcome(let call):
            let properties = settings.properties(of: call, at: record.at)
            return try activities.log(.call, call.callID, properties, attempt) { () throws(PluginProblem) in
                try contacts.find(leadID: call.leadID, phone: call.phone, attempt)
            }
        case .note(let note):
            let properties = settings.properties(of: note, at: record.at)
            return try activities.log(.note, record.id, properties, attempt) { () throws(PluginProblem) in
                try contacts.find(leadID: note.leadID, phone: note.phone, attempt)
            }
        case .review(let review): return try activities.complete(review, attempt)
        case .standing(let standing): return try contacts.update(standing, at: record.at, attempt)
        }
    }

    func leads(after cursor: String, limit: Int, _ attempt: Attempt) throws(PluginProblem) -> LeadsPage {
        try LeadSearch(host, settings, portal).page(after: cursor, limit: limit, attempt)
    }
}
