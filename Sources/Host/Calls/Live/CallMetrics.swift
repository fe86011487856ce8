import Core

/// The figures of all calls, looked up once.
struct CallMetrics: Sendable {
    let bargeIns: Counter
    let lateFrames: Counter
    let droppedIn: Counter
    let droppedOut: Counter
    let active: Gauge
    private let turn: Histogram
    private let call: Histogram
    private let stages: [Histogram]
    private let parts: [Ledger.Part.Name: Histogram]
    private static let names = [
        "asr_final", "intent", "rag", "llm_first_token", "llm_first_sentence", "tts_first_audio", "added",
    ]

    init(_ metrics: Metrics = .shared) {
        bargeIns = metrics.counter("patchbay_barge_in_total", help: "Times a caller interrupted the agent.")
        lateFrames = metrics.counter(
            "patchbay_media_late_frames_total",
            help: "Frames sent later than the line needed them."
        )
        let dropped = "Audio frames that were not used."
        let name = "patchbay_media_frames_dropped_total"
        droppedIn = metrics.counter(name, help: dropped, labels: [("direction", "inbound")])
        droppedOut = metrics.counter(name, help: dropped, labels: [("direction", "outbound")])
        active = metrics.gauge("patchbay_calls_active", help: "Calls that are live.")
        turn = metrics.histogram(
            "patchbay_turn_latency_seconds",
            help: "From the end of the caller's speech to the first audio of the answer.",
            bounds: Histogram.turnBounds
        )
        call = metrics.histogram(
            "patchbay_call_duration_seconds",
            help: "How long calls last.",
            bounds: Histogram.callBounds
        )
        stages = Self.names.map { stage in
            metrics.histogram(
                "patchbay_stage_latency_seconds",
                help: "One part of a turn's latency; added is the host's own share.",
                bounds: Histogram.stageBounds,
                labels: [("stage", stage)]
            )
        }
        parts = Dictionary(
            uniqueKeysWithValues: Ledger.Part.Name.allCases.map { part in
                let histogram = metrics.histogram(
                    "patchbay_turn_part_seconds",
                    help: "What a part of a turn's latency adds to it; the parts add up to it.",
                    bounds: Histogram.stageBounds,
                    labels: [("part", part.rawValue)]
                )
                return (part, histogram)
            }
        )
    }

    /// `call` is named in the exemplar of its bucket.
    func observe(_ measure: CallAction.Measure, _ seconds: Double, call: CallID) {
        switch measure {
        case .turn: turn.observe(seconds, call: call.rawValue)
        case .part(let name): parts[name]?.observe(seconds, call: call.rawValue)
        case .call: self.call.observe(seconds)
        case .transcript: stages[0].observe(seconds)
        case .intent: stages[1].observe(seconds)
        case .retrieval: stages[2].observe(seconds)
        case .firstToken: stages[3].observe(seconds)
        case .firstSentence: stages[4].observe(seconds)
        case .firstAudio: stages[5].observe(seconds)
        case .added: stages[6].observe(seconds)
        }
    }

    func ended(_ direction: CallDetails.Direction, _ disposition: String) {
        Metrics.shared.counter(
            "patchbay_calls_total",
            help: "Calls that have ended.",
            labels: [("direction", direction.rawValue), ("disposition", disposition)]
        ).add()
    }
}
