import Carrier
import Glibc
import JSONKit
import Media

/// What the demonstration showed: the last line of its output, and the judgement.
struct DemoSummary {
    private let transcript: DemoTranscript
    let report: CallReport
    private let swaps: Int
    private let chaos: Bool

    init(_ transcript: DemoTranscript, _ report: CallReport, swaps: Int, chaos: Bool) {
        (self.transcript, self.report, self.swaps, self.chaos) = (transcript, report, swaps, chaos)
    }

    /// Whether the CRM has acknowledged the outcome.
    var isDelivered: Bool { !transcript.all("crm.delivered").isEmpty }
    private var fallbacks: [JSON] { transcript.all("route.fell_back") }

    var ledger: DemoLedger { DemoLedger(transcript.all("turn.completed"), report.answers) }

    private var outcome: JSON { transcript.all("call.ended").last ?? [:] }
    private var recording: JSON { transcript.all("recording.finished").last ?? [:] }
    private var path: String {
        let url = recording["url"]?.string ?? ""
        return url.hasPrefix("file://") ? String(url.dropFirst(7)) : url
    }

    /// Frames that the carrier numbered and the host never got; nil while nothing is known.
    private var framesLost: Int { Int(outcome["frames_lost"]?.int ?? -1) }

    var json: JSON {
        let added = transcript.all("turn.completed").compactMap { $0["latency"]?["added_ms"]?.double }.sorted()
        return [
            "turns": outcome["turns"] ?? 0, "frames_in": outcome["frames_in"] ?? 0,
            "frames_lost": .int(Int64(framesLost)),
            "swaps": .int(Int64(swaps)), "fallbacks": .int(Int64(fallbacks.count)),
            "barge_in_ms": report.bargeIns.first.map { .double($0) } ?? .null,
            "added_ms_p50": .double(quantile(added, 0.5)), "added_ms_p99": .double(quantile(added, 0.99)),
            "ledger_off_ms": .double((ledger.worst * 10).rounded() / 10),
            "recording": .string(path),
            "outcome": [
                "disposition": outcome["disposition"] ?? .null, "stages": outcome["stages"] ?? [],
                "intents": outcome["intents"] ?? [],
                "crm_reference": transcript.all("crm.delivered").last?["reference"] ?? .null,
            ],
        ]
    }

    /// What did not happen, though it should have; empty when all of it did.
    func faults() -> [String] {
        let heard = transcript.all("transcript.final").compactMap { $0["text"]?.string }
        let replies = transcript.all("reply.spoken")
        var faults: [String] = []
        func expect(_ happened: Bool, _ what: String) { if !happened { faults.append(what) } }
        expect((outcome["turns"]?.int ?? 0) >= 5, "fewer than five turns")
        expect(heard.count >= 5, "the caller was understood \(heard.count) times of five")
        expect(transcript.all("stage.entered").count >= 3, "no intent moved the stage")
        expect(
            replies.contains { ($0["text"]?.string ?? "").contains("eighty five pounds") },
            "the handbook's answer was not given"
        )
        expect(replies.contains { $0["interrupted"]?.bool ?? false }, "no reply was interrupted")
        expect(!report.bargeIns.isEmpty && report.clears > 0, "the barge-in did not reach the carrier")
        expect(swaps == 1, "the plugin was not exchanged")
        expect(framesLost == 0, "\(framesLost) frames were lost")
        expect(
            outcome["disposition"]?.string == "repair_booked",
            "the disposition is \(outcome["disposition"] ?? .null)"
        )
        expect(!transcript.all("crm.delivered").isEmpty, "the CRM did not get the outcome")
        for victim in chaos ? DemoChaos.victims : [] {
            let times = fallbacks.count { $0["from"]?.string == victim.plugin }
            expect(times == 1, "\(victim.plugin) died once, and \(times) times another went on")
        }
        expect(chaos || fallbacks.isEmpty, "a provider failed that nobody made to")
        faults += ledger.faults
        expect(isStereo, "the recording at \(path) is not stereo with both voices")
        return faults
    }

    /// Two channels, both of them audible.
    private var isStereo: Bool {
        guard let file = try? WAVFile(reading: path), file.channels == 2 else { return false }
        return (0..<2).allSatisfy { channel in
            let samples = file.channel(channel)
            return Level(samples.span).decibels > -50
        }
    }

    private func quantile(_ sorted: [Double], _ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}
