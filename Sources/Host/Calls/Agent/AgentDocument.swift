public import Core
public import JSONKit

/// How an agent behaves: written as JSON by an administrator, checked when it is put, shared unchanged by its calls.
///
/// `docs/AGENTS.md` describes every member.
public final class AgentDocument: Sendable {
    public let name: String
    public let language: String
    public let voice: String
    /// Voices of languages that have one of their own.
    public let voices: [String: String]
    /// The first words; empty: the caller speaks first.
    public let greeting: String
    /// What the model is told in every stage.
    public let instructions: String
    /// In the order written; never empty.
    public let stages: [Stage]
    /// Where a call begins.
    public let start: String
    public let intents: [CallerIntent]
    /// Words worth expecting, for recognition.
    public let phrases: [String]
    /// Names of routes by kind, where they differ from the kind's own.
    public let routes: [Kind: String]
    /// What stages retrieve from, unless they name their own.
    public let collections: [String]
    /// How many passages the model gets.
    public let passages: Int
    public let turnTaking: TurnTaking
    public let lines: Lines
    public let recording: Bool
    /// When a machine answers.
    public let voicemail: Voicemail
    public let tools: [Tool]
    /// What there is to learn.
    public let slots: [Slot]
    /// The document as it was put.
    public let json: JSON
    /// By language: the document's own, and those of its stages.
    private let tongues: [String: Tongue]

    /// Checks a document.
    /// - Throws: the first member that is missing, unknown or wrong, with its path and what would be right.
    public init(_ json: JSON) throws(FieldError) {
        let fields = try Fields(json)
        self.json = json
        name = try fields.string("name")
        guard name.isName else { throw fields.error("name", "must be letters, digits, - and _, is \"\(name)\"") }
        language = try fields.string("language", default: "en-US")
        voice = try fields.string("voice", default: "")
        voices = try Self.voices(fields)
        greeting = try fields.string("greeting", default: "")
        instructions = try fields.string("instructions", default: "")
        slots = try Self.slots(fields)
        stages = try Self.stages(fields, slots)
        start = try fields.string("start", default: stages[0].name)
        intents = try Self.intents(fields)
        phrases = try fields.strings("phrases", default: [])
        routes = try Self.routes(fields)
        collections = try fields.strings("collections", default: [])
        passages = try fields.int("passages", default: 3, in: 1...20)
        turnTaking =
            try fields.optionalObject("turn_taking").map { fields throws(FieldError) in try TurnTaking(fields) }
            ?? TurnTaking()
        lines = try fields.optionalObject("lines").map { fields throws(FieldError) in try Lines(fields) } ?? Lines()
        recording = try fields.bool("recording", default: true)
        voicemail =
            try fields.optionalObject("voicemail").map { fields throws(FieldError) in try Voicemail(fields) }
            ?? Voicemail()
        tools = try Self.tools(fields)
        try fields.finish()
        var tongues: [String: Tongue] = [:]
        for name in [language] + stages.compactMap(\.language) where tongues[name] == nil {
            let voice = voices[name] ?? (name == language ? voice : "")
            tongues[name] = Tongue(name, voice: voice, phrases: phrases, intents: intents, turnTaking: turnTaking)
        }
        self.tongues = tongues
        try checkReferences(fields)
    }

    /// The language of a stage.
    func tongue(of stage: Stage) -> Tongue {
        tongues[stage.language ?? language]
            ?? Tongue(language, voice: voice, phrases: phrases, intents: intents, turnTaking: turnTaking)
    }

    public func slot(_ name: String) -> Slot? { slots.first { $0.name == name } }

    public func tool(_ name: String) -> Tool? { tools.first { $0.name == name } }

    public func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }

    /// The route that answers for a kind.
    public func route(_ kind: Kind) -> String { routes[kind] ?? kind.rawValue }

    /// Whether any stage looks anything up.
    public var retrieves: Bool { stages.contains(where: \.retrieves) }

    private static func stages(_ fields: Fields, _ slots: [Slot]) throws(FieldError) -> [Stage] {
        var result: [Stage] = []
        for object in try fields.objects("stages") {
            let stage = try Stage(object, slots: slots)
            guard !result.contains(where: { $0.name == stage.name }) else {
                throw object.error("name", "a second stage called \(stage.name)")
            }
            result.append(stage)
        }
        guard !result.isEmpty else { throw fields.error("stages", "needs at least one stage") }
        return result
    }

    private static func intents(_ fields: Fields) throws(FieldError) -> [CallerIntent] {
        var result: [CallerIntent] = []
        for object in try fields.objects("intents", default: []) {
            let intent = try CallerIntent(object)
            guard !result.contains(where: { $0.name == intent.name }) else {
                throw object.error("name", "a second intent called \(intent.name)")
            }
            result.append(intent)
        }
        return result
    }

    private static func tools(_ fields: Fields) throws(FieldError) -> [Tool] {
        var result: [Tool] = []
        for object in try fields.objects("tools", default: []) {
            let tool = try Tool(object)
            guard !result.contains(where: { $0.name == tool.name }) else {
                throw object.error("name", "a second tool called \(tool.name)")
            }
            result.append(tool)
        }
        for name in Tool.builtIn where !result.contains(where: { $0.name == name }) {
            result.append(try Tool(Fields(["name": .string(name)])))
        }
        return result
    }

    private static func slots(_ fields: Fields) throws(FieldError) -> [Slot] {
        var result: [Slot] = []
        for object in try fields.objects("slots", default: []) {
            let slot = try Slot(object)
            guard !result.contains(where: { $0.name == slot.name }) else {
                throw object.error("name", "a second slot called \(slot.name)")
            }
            result.append(slot)
        }
        return result
    }

    private static func voices(_ fields: Fields) throws(FieldError) -> [String: String] {
        guard let object = try fields.optionalObject("voices") else { return [:] }
        var result: [String: String] = [:]
        for language in object.object.keys { result[language] = try object.string(language) }
        return result
    }

    private static func routes(_ fields: Fields) throws(FieldError) -> [Kind: String] {
        guard let object = try fields.optionalObject("routes") else { return [:] }
        var result: [Kind: String] = [:]
        for kind in [Kind.asr, .intent, .llm, .tts, .embedder, .blobs] {
            result[kind] = try object.optionalString(kind.rawValue)
        }
        try object.finish()
        return result
    }
}
