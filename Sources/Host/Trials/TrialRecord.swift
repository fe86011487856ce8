import Core
import JSONKit

/// What happened in a scripted conversation so far, in order.
struct TrialRecord: Sendable {
    /// Something that happened, and when, in seconds of the call.
    struct Entry: Sendable {
        enum Source: Sendable {
            /// The script did it.
            case script(who: String, text: String)
            /// The host told of it.
            case event(Topic, JSON)
        }

        let seconds: Double
        let source: Source
    }

    private(set) var entries: [Entry] = []

    mutating func add(_ source: Entry.Source, at seconds: Double) {
        entries.append(Entry(seconds: seconds, source: source))
    }

    /// The events of a topic, from an entry on.
    func events(_ topic: Topic, from first: Int = 0) -> [JSON] {
        entries[min(first, entries.count)...].compactMap { entry in
            if case .event(topic, let data) = entry.source { data } else { nil }
        }
    }

    /// What the caller heard the agent say, from an entry on.
    func said(from first: Int = 0) -> String {
        events(.replySpoken, from: first).compactMap { $0["text"]?.string }.joined(separator: " ")
    }

    /// For people: who said what, and what the host made of it.
    var transcript: [JSON] {
        entries.compactMap { entry in
            guard let (who, text) = Self.line(entry.source) else { return nil }
            return [
                "at_s": .double((entry.seconds * 10).rounded() / 10), "who": .string(who), "text": .string(text),
            ]
        }
    }

    private static func line(_ source: Entry.Source) -> (String, String)? {
        switch source {
        case .script(let who, let text): return (who, text)
        case .event(let topic, let data):
            let text = { (key: String) in data[key]?.string ?? "" }
            switch topic {
            case .replySpoken:
                return ("agent", text("text") + (data["interrupted"] == true ? " (interrupted)" : ""))
            case .transcriptFinal: return ("heard", text("text"))
            case .intentLabelled:
                return ("intent", "\(text("intent")) (\(data["confidence"]?.description ?? "0"))")
            case .stageEntered: return ("stage", "\(text("stage")) (by \(text("by")))")
            case .toolCalled:
                let trouble = data["error"]?.string.map { ": \($0)" } ?? ""
                return ("tool", "\(text("name")) \(data["arguments"]?.description ?? "{}")\(trouble)")
            case .slotFilled:
                return ("slot", "\(text("slot")) = \(data["value"]?.description ?? "null") (by \(text("by")))")
            case .backchannel: return ("beside", text("text"))
            case .routeFellBack: return ("failed", "\(text("from")): \(text("reason")); next: \(text("to"))")
            case .dispositionSet: return ("end", "\(text("disposition")) (\(text("reason")))")
            case .callStarted, .callEnded, .turnCompleted, .bargeIn, .routeChanged: return nil
            default: return (topic.rawValue, data.description)
            }
        }
    }
}
