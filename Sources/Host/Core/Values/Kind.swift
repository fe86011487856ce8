/// What a plugin does. Each kind is a contract of which frames go in and out: `patchbay/kinds.h`.
public enum Kind: String, Sendable, CaseIterable {
    case telephony, asr, intent, llm, tts, embedder, crm, events, warehouse, blobs

    /// The interface a route of this kind opens; nil for kinds that have none yet.
    public var interface: String? {
        switch self {
        case .telephony: nil
        default: "patchbay.\(rawValue)/1"
        }
    }

    /// Whether one question may be asked at two providers at once: the question is kept, and asking does nothing in the
    /// world.
    public var hedges: Bool {
        switch self {
        case .intent, .llm, .tts, .embedder: true
        case .telephony, .asr, .crm, .events, .warehouse, .blobs: false
        }
    }

    /// Whether an answer without content is no answer.
    public var answersAlways: Bool { hedges || [.asr, .crm, .events, .warehouse].contains(self) }
}
