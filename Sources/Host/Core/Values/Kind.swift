/// What a plugin does. Each kind is a contract of which frames go in and out: `patchbay/kinds.h`.
public enum Kind: String, Sendable, CaseIterable {
    case telephony, asr, intent, llm, tts, embedder, crm, events, warehouse, blobs

    /// The interface a route of this kind opens; nil for kinds that have none yet.
    public var interface: String? {
        switch self {
        case .telephony, .events, .warehouse: nil
        default: "patchbay.\(rawValue)/1"
        }
    }
}
