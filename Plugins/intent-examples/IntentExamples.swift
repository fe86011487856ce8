import JSONKit
public import PluginAPI
import PluginKit
import Synchronization

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(IntentExamples.self) }

/// Labels what a caller wants from a few examples per label, with confidence that may be believed.
final class IntentExamples: Plugin {
    static let manifest = Manifest(
        name: "intent-examples",
        kind: "intent",
        version: "1.0.0",
        schema: """
            {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "most_labels": {
                  "type": "integer", "minimum": 1, "maximum": 200, "default": 10,
                  "description": "How many labels an answer lists, best first."
                }
              }
            }
            """
    )

    /// Models that were trained, by the labels they were trained on: the calls of one agent share one.
    private let models = Mutex<[String: IntentModel]>([:])
    private let mostLabels: Int

    /// More than this and all are forgotten; agents change seldom.
    private static let mostModels = 32

    init(host: Host, config: JSON) throws(PluginProblem) { mostLabels = Int(config["most_labels"]?.int ?? 10) }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let labels = options["labels"] ?? []
        let key = labels.description
        if let model = models.withLock({ $0[key] }) { return IntentStream(model, sink, mostLabels) }
        let model = IntentModel(try LabelExamples.read(labels))
        models.withLock { models in
            if models.count >= Self.mostModels { models = [:] }
            models[key] = model
        }
        return IntentStream(model, sink, mostLabels)
    }
}
