import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(AsrScript.self) }

/// Recognises scripted speech, whose words travel in the sound itself: for rehearsals of agents.
final class AsrScript: Plugin {
    static let manifest = Manifest(
        name: "asr-script",
        kind: "asr",
        version: "1.0.0",
        schema: #"{"type": "object", "additionalProperties": false, "properties": {}}"#
    )

    init(host: Host, config: JSON) throws(PluginProblem) {}

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { RecognitionStream(sink) }
}
