import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(Embedder.self) }

/// Text to vector by hashing words and pieces of words: local, without a model, the same on every machine.
final class Embedder: Plugin {
    static let manifest = Manifest(
        name: "embedder-hash",
        kind: "embedder",
        version: "1.0.0",
        schema: """
            {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "dimension": {
                  "type": "integer", "minimum": 32, "maximum": 4096, "default": 384,
                  "description": "Length of the vectors. Collections made with another length cannot be searched."
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

    private let vectors: TextVectors

    init(host: Host, config: JSON) throws(PluginProblem) {
        let groups = config["synonyms"]?.array?.map { $0.array?.compactMap(\.string) ?? [] }
        vectors = TextVectors(dimension: Int(config["dimension"]?.int ?? 384), synonyms: groups)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        EmbedderStream(vectors, sink)
    }
}
