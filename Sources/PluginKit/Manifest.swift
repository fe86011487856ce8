/// What a plugin says of itself.
public struct Manifest: Sendable {
    /// Kind first, as in `tts-mine`.
    public let name: String
    /// `asr`, `intent`, `llm`, `tts`, `embedder`, `crm`, `blobs`: the interface offered is `patchbay.<kind>/1`.
    public let kind: String
    public let version: String
    /// The streams' functions may block: the host runs them on workers.
    public let blocks: Bool
    /// JSON Schema (draft 7) of the configuration.
    public let schema: String

    public init(name: String, kind: String, version: String, blocks: Bool = false, schema: String = "") {
        (self.name, self.kind, self.version, self.blocks, self.schema) = (name, kind, version, blocks, schema)
    }
}
