import Carrier
import JSONKit

/// The host's account of each turn's silence beside what the outside listener measured.
struct DemoLedger {
    private struct Row {
        let turn: Int
        let outside: Double
        let ledger: Double
        let parts: [Double]
        var difference: Double { outside - ledger }
    }

    private static let parts = [
        ("endpointing", "endpointing_ms"), ("transcript", "final_transcript_ms"), ("intent", "intent_ms"),
        ("retrieval", "retrieval_ms"), ("token", "first_token_ms"), ("sentence", "first_sentence_ms"),
        ("audio", "first_audio_ms"), ("playout", "playout_ms"), ("carrier", "carrier_ms"), ("lead", "voice_lead_ms"),
    ]
    /// So much the two may differ, in milliseconds.
    private static let tolerance = 20.0

    private let rows: [Row]
    private let unmatched: Int

    /// `turns` are the data of `turn.completed`, in order.
    init(_ turns: [JSON], _ answers: [Answer]) {
        let heard = turns.filter { $0["latency"]?["gap_ms"] != nil }
        rows = zip(heard, answers).map { turn, answer in
            let latency = turn["latency"] ?? [:]
            return Row(
                turn: Int(turn["turn"]?.int ?? 0),
                outside: answer.gap,
                ledger: latency["gap_ms"]?.double ?? 0,
                parts: Self.parts.map { latency[$0.1]?.double ?? 0 }
            )
        }
        unmatched = abs(heard.count - answers.count)
    }

    /// The largest difference, in milliseconds.
    var worst: Double { rows.map { abs($0.difference) }.max() ?? 0 }

    /// A table, one line a turn, in milliseconds.
    var lines: [String] {
        let head = ["turn", "outside", "ledger"] + Self.parts.map(\.0)
        return [head.map(Self.cell).joined()]
            + rows.map { row in
                let figures = [row.outside, row.ledger] + row.parts
                return Self.cell("\(row.turn)") + figures.map { Self.cell("\(Int($0.rounded()))") }.joined()
            }
    }

    var faults: [String] {
        var faults = rows.filter { abs($0.difference) > Self.tolerance }.map { row in
            "turn \(row.turn): the ledger says \(row.ledger) ms, the outside listener \(row.outside)"
        }
        if unmatched > 0 { faults.append("\(unmatched) answers were heard, or told of, on one side only") }
        return faults
    }

    private static func cell(_ text: String) -> String {
        String(repeating: " ", count: max(1, 12 - text.count)) + text
    }
}
