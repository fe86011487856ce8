import JSONKit

/// Events of a few days at a call centre, the same ones each time, and what is to be answered about them: counted the slow
/// way, from the events themselves.
struct WarehouseStory {
    private(set) var events: [JSON] = []
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var position = 0

    static let from = "2026-11-23T00:00:00.000Z"
    static let to = "2026-11-25T00:00:00.000Z"
    init(calls: Int) {
        for number in 0..<calls { addCall(number) }
    }

    private mutating func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func one(of words: [String]) -> String { words[random(words.count)] }

    private mutating func add(_ topic: String, _ call: String, _ seconds: Int, _ data: JSONObject) {
        position += 1
        let day = 23 + seconds / 86_400
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time = seconds % 86_400
        let clock = "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)).\(100 + random(900))"
        events.append([
            "id": .string("evt_\(position)"), "topic": .string(topic), "key": .string(call),
            "at": .string("2026-11-\(day)T\(clock)Z"), "position": .int(Int64(position)), "host": "host-a",
            "data": .object(data),
        ])
    }

    /// The last calls lie behind the days that are asked about.
    private mutating func addCall(_ number: Int) {
        let call = "call_\(number)"
        var now = random(60 * 3600)
        let direction = one(of: ["inbound", "inbound", "outbound"])
        add("call.started", call, now, ["direction": .string(direction)])
        add(
            "call.status",
            call,
            now,
            ["carrier_call_id": .string("CA\(number)"), "status": "answered", "of": "call", "sequence": 1]
        )
        var turns = 0
        for turn in 1...(1 + random(5)) {
            turns = turn
            now += 2 + random(20)
            add(
                "transcript.final",
                call,
                now,
                ["text": "It's \"me\", ça va? \\ 😀\n", "item": 1, "turn": .int(Int64(turn))]
            )
            if random(4) > 0 {
                add(
                    "intent.labelled",
                    call,
                    now,
                    [
                        "turn": .int(Int64(turn)), "intent": .string(one(of: ["book", "cancel", "ask", "it's"])),
                        "confidence": .double(Double(random(1000)) / 1000),
                        "labels": [["name": "book", "confidence": 0.5]],
                    ]
                )
            }
            now += 1
            add(
                "reply.spoken",
                call,
                now,
                ["text": "Fine.", "interrupted": .bool(random(5) == 0), "turn": .int(Int64(turn))]
            )
            var latency: JSONObject = [:]
            for part in ["gap_ms", "endpointing_ms", "first_token_ms", "playout_ms", "added_ms"] where random(6) > 0 {
                latency[part] = random(3) == 0 ? .int(Int64(random(900))) : .double(Double(random(90_000)) / 100)
            }
            add(
                "turn.completed",
                call,
                now,
                [
                    "turn": .int(Int64(turn)), "stage": "intro", "interrupted": false, "latency": .object(latency),
                ]
            )
        }
        now += 1
        var outcome: JSONObject = [
            "agent": "front-desk", "direction": .string(direction), "from": "+4930123", "to": "+4930456",
            "duration_s": .double(Double(random(600_000)) / 1000), "turns": .int(Int64(turns)), "barge_ins": 0,
        ]
        if random(10) > 0 { outcome["disposition"] = .string(one(of: ["booked", "caller_hung_up", "no_answer"])) }
        if random(3) == 0 { outcome["sentiment"] = .string(one(of: ["positive", "neutral"])) }
        add("call.ended", call, now, outcome)
        for _ in 0..<random(3) {
            now += 60
            add(
                "call.judged",
                call,
                now,
                [
                    "resolution": .bool(random(2) == 0), "sentiment": .string(one(of: ["negative", "neutral"])),
                    "score": 0.5,
                ]
            )
        }
    }

    mutating func forget(_ calls: Set<String>) { events.removeAll { calls.contains($0["key"]?.string ?? "") } }

    // MARK: As rows

    /// What rows there are of some calls; nil: of all.
    func rowCount(calls: Set<String>? = nil) -> Int {
        let topics = [
            "call.ended", "transcript.final", "reply.spoken", "turn.completed", "intent.labelled", "call.status",
            "call.judged",
        ]
        let chosen = events.filter { calls == nil || calls?.contains($0["key"]?.string ?? "") == true }
        return chosen.count + chosen.filter { topics.contains($0["topic"]?.string ?? "") }.count
    }

    // MARK: Answers

    /// What was asked for and what must come.
    func answer(_ question: String, limit: Int = 100) -> [[JSON]] {
        switch question {
        case "calls_per_hour": Array(perHour().suffix(limit))
        case "resolution", "sentiment": Array(judged(question).prefix(limit))
        case "latency": Array(latency().prefix(limit))
        case "intents": Array(intents().prefix(limit))
        case "events": Array(perTopic().prefix(limit))
        default: Array(dispositions().prefix(limit))
        }
    }

    private func chosen(_ topic: String) -> [JSON] {
        events.filter {
            let at = $0["at"]?.string ?? ""
            return $0["topic"]?.string == topic && at >= Self.from && at < Self.to
        }
    }

    private func perHour() -> [[JSON]] {
        let calls = chosen("call.ended")
        let hours = Set(calls.map { String(($0["at"]?.string ?? "").prefix(13)) })
        return hours.sorted().map { hour in
            let these = calls.filter { $0["at"]?.string?.hasPrefix(hour) == true }
            func count(_ direction: String) -> JSON {
                .int(Int64(these.filter { $0["data"]?["direction"]?.string == direction }.count))
            }
            return [
                .string("\(hour):00:00Z"), .int(Int64(these.count)), count("inbound"), count("outbound"),
                average(these, "duration_s"),
            ]
        }
    }

    private func average(_ events: [JSON], _ member: String) -> JSON {
        let numbers = events.compactMap { $0["data"]?[member]?.double }
        return .double(numbers.reduce(0, +) / Double(numbers.count))
    }

    private func judged(_ member: String) -> [[JSON]] {
        let calls = chosen("call.ended")
        var counts: [String: Int] = [:]
        for call in calls {
            let said = events.filter { $0["key"] == call["key"] }.filter {
                ["call.judged", "call.ended"].contains($0["topic"]?.string ?? "")
            }.compactMap { $0["data"]?[member] }.last
            let word = said?.bool.map { $0 ? "resolved" : "unresolved" } ?? said?.string ?? "unknown"
            counts[word, default: 0] += 1
        }
        return ranked(counts).map { [.string($0), .int(Int64($1)), .double(Double($1) / Double(calls.count))] }
    }

    private func ranked(_ counts: [String: Int]) -> [(String, Int)] {
        counts.map { ($0.key, $0.value) }.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
    }

    private func latency() -> [[JSON]] {
        ["gap_ms", "endpointing_ms", "first_token_ms", "playout_ms", "added_ms"].map { part in
            let values = chosen("turn.completed").compactMap { $0["data"]?["latency"]?[part]?.double }.sorted()
            return [.string(part), .int(Int64(values.count))]
                + [50, 90, 99].map { .double(values[values.count * $0 / 100]) }
        }
    }

    private func intents() -> [[JSON]] {
        let labels = chosen("intent.labelled")
        let counts = Dictionary(grouping: labels) { $0["data"]?["intent"]?.string ?? "unknown" }
        return ranked(counts.mapValues(\.count)).map { intent, count in
            let these = counts[intent] ?? []
            let calls = Set(these.compactMap { $0["key"]?.string }).count
            return [.string(intent), .int(Int64(count)), .int(Int64(calls)), average(these, "confidence")]
        }
    }

    private func perTopic() -> [[JSON]] {
        let these = events.filter { ($0["at"]?.string ?? "") >= Self.from && ($0["at"]?.string ?? "") < Self.to }
        return ranked(Dictionary(grouping: these) { $0["topic"]?.string ?? "" }.mapValues(\.count)).map {
            topic,
            count in
            [.string(topic), "host-a", .int(Int64(count))]
        }
    }

    private func dispositions() -> [[JSON]] {
        let calls = chosen("call.ended")
        let groups = Dictionary(grouping: calls) { $0["data"]?["disposition"]?.string ?? "unknown" }
        return ranked(groups.mapValues(\.count)).map { disposition, count in
            [
                .string(disposition), .int(Int64(count)), .double(Double(count) / Double(calls.count)),
                average(groups[disposition] ?? [], "duration_s"),
            ]
        }
    }
}
