public import Core
public import JSONKit

/// One candidate of a route: which plugin is asked, how often, and how long it may take.
public struct Step: Sendable, Equatable {
    /// The name under which the plugin is loaded.
    public var plugin: String
    /// How often it is tried before the next step, at least 1. Only retryable failures are tried again.
    public var tries: Int
    /// The longest wait for the first piece of an answer, counted from the end of the item's input.
    public var first: Duration
    /// The longest wait between two pieces, and from the last piece to the end of the item.
    public var next: Duration
    /// The longest time for the whole item; nil: no limit.
    public var total: Duration?
    /// When the next step is asked too, if no piece of the answer has come; nil: never. Whoever speaks first answers.
    public var hedge: Duration?
    /// Added to the open options of the kind; members of the kind win.
    public var options: JSON

    public init(
        plugin: String,
        tries: Int = 1,
        first: Duration = .seconds(3),
        next: Duration = .seconds(2),
        total: Duration? = nil,
        hedge: Duration? = nil,
        options: JSON = [:]
    ) {
        (self.plugin, self.tries, self.first, self.next) = (plugin, max(1, tries), first, next)
        (self.total, self.hedge, self.options) = (total, hedge, options)
    }
}

extension Step {
    /// Reads `{"plugin", "tries", "first_ms", "next_ms", "total_ms", "hedge_ms", "options"}`; all but the plugin have defaults,
    /// the waits those of the kind.
    public init(_ fields: Fields, of kind: Kind) throws(FieldError) {
        let plugin = try fields.string("plugin")
        guard !plugin.isEmpty else { throw fields.error("plugin", "must name a plugin") }
        let total = try fields.int("total_ms", default: 0, in: 0...3_600_000)
        let hedge = try fields.int("hedge_ms", default: 0, in: 0...600_000)
        self.init(
            plugin: plugin,
            tries: try fields.int("tries", default: 1, in: 1...10),
            first: .milliseconds(try fields.int("first_ms", default: kind.firstMilliseconds, in: 1...600_000)),
            next: .milliseconds(try fields.int("next_ms", default: kind.nextMilliseconds, in: 1...600_000)),
            total: total == 0 ? nil : .milliseconds(total),
            hedge: hedge == 0 ? nil : .milliseconds(hedge),
            options: try fields.json("options", default: [:])
        )
        guard case .object = options else { throw fields.error("options", "must be an object, is \(options.typeName)") }
        try fields.finish()
    }

    public var json: JSON {
        [
            "plugin": .string(plugin), "tries": .int(Int64(tries)), "first_ms": .int(first.wholeMilliseconds),
            "next_ms": .int(next.wholeMilliseconds), "total_ms": .int(total?.wholeMilliseconds ?? 0),
            "hedge_ms": .int(hedge?.wholeMilliseconds ?? 0), "options": options,
        ]
    }
}

extension Kind {
    /// A caller hears every second of a wait; what is brought to a far side in batches or in large pieces may take its time,
    /// and would only be brought again.
    fileprivate var firstMilliseconds: Int {
        switch self {
        case .telephony, .asr, .intent, .llm, .tts, .embedder: 3000
        case .crm: 20_000
        case .events: 60_000
        case .warehouse: 120_000
        case .blobs: 600_000
        }
    }

    fileprivate var nextMilliseconds: Int {
        switch self {
        case .telephony, .asr, .intent, .llm, .tts, .embedder: 2000
        case .crm, .events, .warehouse, .blobs: 20_000
        }
    }
}
