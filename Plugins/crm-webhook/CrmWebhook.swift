import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(CrmWebhook.self) }

/// Records as signed webhooks to whatever takes them, after the Standard Webhooks specification.
final class CrmWebhook: Plugin {
    static let manifest = Manifest(name: "crm-webhook", kind: "crm", version: "1.0.0", schema: Settings.schema)

    private let host: Host
    private let settings: Settings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        WebhookStream(host, settings, sink)
    }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            _ = try settings.signer(host)
            _ = try settings.leadsToken(host)
            return nil
        } catch let problem { return problem }
    }
}
