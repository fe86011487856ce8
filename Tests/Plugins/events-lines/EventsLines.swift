import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(EventsLines.self) }

/// Records of a file, a batch at a time.
final class EventsLines: Plugin {
    static let manifest = Manifest(
        name: "events-lines",
        kind: "events",
        version: "1.0.0",
        schema: #"{"type": "object", "required": ["folder"], "properties": {"folder": {"type": "string"}}}"#
    )

    private let folder: String
    private let host: Host

    init(host: Host, config: JSON) throws(PluginProblem) {
        (folder, self.host) = (config["folder"]?.string ?? "", host)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        guard let consume = options["consume"], consume["group"]?.string != nil else {
            throw PluginProblem(.invalid, "consume: is required")
        }
        return LinesStream(folder, Int(consume["batch"]?.int ?? 100), host, sink)
    }
}
