import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(TtsScript.self) }

/// Speaks scripted speech, whose words travel in the sound itself: for rehearsals of agents.
final class TtsScript: Plugin {
    static let manifest = Manifest(
        name: "tts-script",
        kind: "tts",
        version: "1.0.0",
        schema: #"{"type": "object", "additionalProperties": false, "properties": {}}"#
    )

    init(host: Host, config: JSON) throws(PluginProblem) {}

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { SpeakingStream(sink) }
}
