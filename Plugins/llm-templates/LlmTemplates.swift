import JSONKit
public import PluginAPI
import PluginKit
import TextKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(LlmTemplates.self) }

/// Speaks what is written: a stage's templates, and sentences of the passages that were found. No model.
final class LlmTemplates: Plugin {
    static let manifest = Manifest(
        name: "llm-templates",
        kind: "llm",
        version: "1.0.0",
        schema: """
            {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "answer_threshold": {
                  "type": "number", "minimum": 0, "maximum": 1, "default": 0.45,
                  "description": "How much of a question a sentence must cover to be its answer."
                },
                "intent_confidence": {
                  "type": "number", "minimum": 0, "maximum": 1, "default": 0.4,
                  "description": "Below this an intent's template is not used."
                },
                "most_sentences": {
                  "type": "integer", "minimum": 1, "maximum": 5, "default": 2,
                  "description": "How many sentences an answer has at the most."
                },
                "synonyms": {
                  "type": "array", "maxItems": 1000,
                  "items": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                  "description": "Groups of words that count as one, in place of the built-in ones."
                }
              }
            }
            """
    )

    private let writer: ReplyWriter

    init(host: Host, config: JSON) throws(PluginProblem) {
        let groups = config["synonyms"]?.array?.map { $0.array?.compactMap(\.string) ?? [] }
        writer = ReplyWriter(
            finder: AnswerFinder(
                synonyms: Synonyms(groups ?? Synonyms.everyday),
                threshold: config["answer_threshold"]?.double ?? 0.45,
                mostSentences: Int(config["most_sentences"]?.int ?? 2)
            ),
            intentConfidence: config["intent_confidence"]?.double ?? 0.4
        )
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { TemplateStream(writer, sink) }
}
