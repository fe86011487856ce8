import Console
import JSONKit

/// Every primary provider dies once, at the worst moment: in the middle of what it is doing.
struct DemoChaos {
    /// A provider with a second instance of itself behind it, and after how many frames it dies.
    struct Victim {
        let kind: String
        let plugin: String
        let frames: Int
    }

    /// What dies in which turn; each turn's victims are armed before the caller speaks.
    static let turns: [[Victim]] = [
        [Victim(kind: "asr", plugin: "asr-pocketsphinx", frames: 0)],
        [
            Victim(kind: "embedder", plugin: "embedder-hash", frames: 0),
            Victim(kind: "llm", plugin: "llm-templates", frames: 1),
        ],
        [Victim(kind: "intent", plugin: "intent-examples", frames: 0)],
        // Some way into its first sentence.
        [Victim(kind: "tts", plugin: "tts-flite", frames: 12)],
    ]

    static var victims: [Victim] { turns.flatMap(\.self) }

    private let control: ControlClient

    init(_ control: ControlClient) { self.control = control }

    /// Arms what is to die in a turn, counted from 0.
    func strike(_ turn: Int) throws(DemoFailure) {
        guard Self.turns.indices.contains(turn) else { return }
        for victim in Self.turns[turn] {
            do throws(ConsoleFailure) {
                let fault: JSONObject = ["name": .string(victim.plugin), "after_frames": .int(Int64(victim.frames))]
                _ = try control.call("plugin.fail", .object(fault))
            } catch { throw DemoFailure("plugin.fail: \(error)") }
        }
    }

    /// The example's configuration with a second instance of every victim, named as such and asked next.
    static func withBackups(_ configuration: JSONObject) -> JSONObject {
        var (configuration, plugins) = (configuration, configuration["plugins"]?.array ?? [])
        var routes = configuration["routes"]?.object ?? [:]
        for victim in victims {
            let path = "lib\(victim.plugin).so"
            guard case .object(var entry)? = plugins.first(where: { $0["path"]?.string == path }) else { continue }
            entry["name"] = .string("\(victim.kind)-backup")
            plugins.append(.object(entry))
            var steps = routes[victim.kind]?.array ?? []
            guard case .object(var step)? = steps.first else { continue }
            // A second try at the same provider would hide the point.
            step["tries"] = 1
            steps[0] = .object(step)
            step["plugin"] = .string("\(victim.kind)-backup")
            steps.insert(.object(step), at: 1)
            routes[victim.kind] = .array(steps)
        }
        configuration["plugins"] = .array(plugins)
        configuration["routes"] = .object(routes)
        return configuration
    }
}
