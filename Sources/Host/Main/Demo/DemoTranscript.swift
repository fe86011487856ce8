import Console
import IO
import JSONKit
import Synchronization

/// Follows the host's events and prints the conversation while it happens. Any thread.
final class DemoTranscript: Sendable {
    private struct State {
        var events: [(topic: String, data: JSON)] = []
        var stage = ""
        var intent = ""
        var failure: String?
        /// Events are kept and not printed any more.
        var isQuiet = false
    }

    private let state = Mutex(State())

    /// Subscribes on a connection of its own and reads it on a thread of its own.
    init(socket: String) {
        Thread.start(name: "transcript") {
            do {
                let client = try ControlClient(socket)
                _ = try client.call("event.subscribe", ["after": 0])
                while let message = try client.next(seconds: 60) {
                    guard message["method"]?.string == "event.notify" else { continue }
                    for event in self.events(in: message["params"] ?? [:]) { self.take(event) }
                }
            } catch {
                self.state.withLock { $0.failure = "\(error)" }
            }
        }
    }

    /// A notification carries one event, or several.
    private func events(in params: JSON) -> [JSON] { params["events"]?.array ?? params["event"].map { [$0] } ?? [] }

    /// The data of every event of a topic so far.
    func all(_ topic: String) -> [JSON] { state.withLock { $0.events.filter { $0.topic == topic }.map(\.data) } }

    /// What comes from now on is not printed.
    func quieten() { state.withLock { $0.isQuiet = true } }

    private func take(_ event: JSON) {
        guard let topic = event["topic"]?.string else { return }
        let data = event["data"] ?? [:]
        let line = state.withLock { state -> String? in
            state.events.append((topic, data))
            return state.isQuiet ? nil : Self.line(topic, data, event["key"]?.string ?? "", &state)
        }
        if let line { Terminal.print(line) }
    }

    private static func line(_ topic: String, _ data: JSON, _ key: String, _ state: inout State) -> String? {
        switch topic {
        case "transcript.final": return "\n  caller  \(data["text"]?.string ?? "")"
        case "intent.labelled":
            let confidence = Int(((data["confidence"]?.double ?? 0) * 100).rounded())
            return "          intent \(data["intent"]?.string ?? "?") (\(confidence) %)"
        case "stage.entered": return "          stage \(data["stage"]?.string ?? "?")"
        case "reply.spoken":
            let isInterrupted = data["interrupted"]?.bool ?? false
            return "  agent   \(data["text"]?.string ?? "")\(isInterrupted ? " -- (interrupted)" : "")"
        case "turn.completed": return latency(data["latency"] ?? [:])
        case "call.barge_in": return "          barge-in"
        case "plugin.swapped":
            return
                "\n  [\(key) exchanged under the live call: generation \(data["previous"]?.int ?? 0) -> \(data["generation"]?.int ?? 0)]"
        case "route.fell_back":
            let (old, new) = (data["from"]?.string ?? "?", data["to"]?.string ?? "?")
            return "          [\(old) died: \(new) goes on]"
        case "disposition.set": return "\n          disposition \(data["disposition"]?.string ?? "?")"
        default: return nil
        }
    }

    private static func latency(_ ledger: JSON) -> String {
        let parts = [
            ("endpointing", "endpointing_ms"), ("transcript", "final_transcript_ms"), ("intent", "intent_ms"),
            ("retrieval", "retrieval_ms"), ("first token", "first_token_ms"), ("sentence", "first_sentence_ms"),
            ("first audio", "first_audio_ms"), ("silence in it", "voice_lead_ms"), ("gap", "gap_ms"),
            ("ours", "added_ms"),
        ]
        let shown = parts.map { name, member in "\(name) \(Int((ledger[member]?.double ?? 0).rounded()))" }
        return "          ms: " + shown.joined(separator: ", ")
    }
}
