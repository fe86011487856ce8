import CRMPluginKit
import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(CrmSalesforce.self) }

/// Calls and notes as tasks, scores and stages of leads in Salesforce, and leads from it.
final class CrmSalesforce: Plugin, CRMSystem {
    static let manifest = Manifest(
        name: "crm-salesforce",
        kind: "crm",
        version: "1.0.0",
        blocks: true,
        schema: Settings.schema
    )

    private let host: Host
    private let settings: Settings
    private let org: Org
    private let leads: Leads
    private let tasks: Tasks

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
        org = Org(host, settings)
        leads = Leads(settings, org)
        tasks = Tasks(settings, org)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        CRMStream(self, host, sink, milliseconds: settings.totalMilliseconds)
    }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            _ = try Login(host, settings).form()
            return nil
        } catch { return error }
    }

    func write(_ record: CRMRecord, _ attempt: Attempt) throws(PluginProblem) -> String {
        switch record.content {
        case .outcome(let call):
            let fields = settings.fields(of: call, at: record.at)
            return try tasks.log(call.callID, fields, attempt) { () throws(PluginProblem) in
                try leads.person(leadID: call.leadID, phone: call.phone, attempt)
            }
        case .note(let note):
            let fields = settings.fields(of: note, at: record.at)
            return try tasks.log(record.id, fields, attempt) { () throws(PluginProblem) in
                try leads.person(leadID: note.leadID, phone: note.phone, attempt)
            }
        case .review(let review): return try tasks.complete(review, attempt)
        case .standing(let standing): return try leads.update(standing, at: record.at, attempt)
        }
    }

    func leads(after cursor: String, limit: Int, _ attempt: Attempt) throws(PluginProblem) -> LeadsPage {
        try LeadQuery(host, settings, org).page(after: cursor, limit: limit, attempt)
    }
}
