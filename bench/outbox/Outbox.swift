import Glibc
import JSONKit
import Staging

/// `bench-outbox kill|log ENGINE EVENTS KILLS LIBRARIES`: what is acknowledged must come out at the broker, the CRM and the
/// warehouse, however often the host is killed; and how fast the log is. Prints JSON lines; exits with 1 where one is missing.
@main
enum Outbox {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            guard words.count == 5, let events = Int(words[2]), let kills = Int(words[3]) else {
                throw BenchFailure("usage: bench-outbox kill|log sqlite|postgres EVENTS KILLS LIBRARIES")
            }
            let scene = try Scene(engine: words[1], libraries: words[4], isListening: words[0] == "kill")
            switch words[0] {
            case "kill": exit(try Killing(scene, events: events, kills: kills).run() ? 0 : 1)
            case "log": try LogSpeed(scene, events: events).run()
            default: throw BenchFailure("there is no run called \(words[0])")
            }
        } catch {
            Terminal.complain("bench: \(error)")
            exit(1)
        }
    }
}
