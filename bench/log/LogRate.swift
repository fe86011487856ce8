import Core
import Glibc
import JSONKit
import Services
import Store

/// `bench-log ENGINE SECONDS RATE...`: facts offered to the log of a store at a steady rate, as calls offer them, and how long
/// each takes to be durable; 0: as many as it takes. A JSON line for each rate.
@main struct LogRate {
    /// So many may wait at once where no rate is given.
    private static let window = 4000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 3, let seconds = Double(arguments[2]) else {
            print("usage: bench-log sqlite|postgres SECONDS RATE...")
            exit(2)
        }
        for rate in arguments.dropFirst(3).compactMap({ Int($0) }) {
            print(try measure(arguments[1], seconds: seconds, rate: rate))
        }
    }

    private static func measure(_ engine: String, seconds: Double, rate: Int) throws -> JSON {
        let folder = try ServerProcess.makeFolder()
        defer { _ = system("rm -rf '\(folder)'") }
        let server = engine == "postgres" ? try PostgresServer() : nil
        let url = try server?.database()
        let chosen = url.map { url in StoreEngine.postgres(url: url, password: { nil }) } ?? .sqlite
        let store = try Store(StateFolder("\(folder)/state"), engine: chosen, host: "a")
        defer { store.close() }
        let (waits, begin) = (Waits(), Moment.now())
        var offered = 0
        while true {
            let passed = (Moment.now() - begin).fractionalSeconds
            guard passed < seconds else { break }
            let due = rate > 0 ? Int(passed * Double(rate)) : waits.count + window
            while offered < due {
                offer(fact(offered), to: store.log, waits)
                offered += 1
            }
            usleep(500)
        }
        while waits.count < offered { usleep(1000) }
        let whole = (Moment.now() - begin).fractionalSeconds
        return [
            "bench": "log", "engine": .string(engine), "offered_per_s": rate > 0 ? .int(Int64(rate)) : .null,
            "events": .int(Int64(offered)), "refused": .int(Int64(waits.refused)),
            "events_per_s": .int(Int64(Double(offered) / whole)), "append_ms_p50": waits.milliseconds(0.5),
            "append_ms_p99": waits.milliseconds(0.99), "append_ms_max": waits.milliseconds(1),
        ]
    }

    private static func offer(_ event: Event, to log: EventLog, _ waits: Waits) {
        let start = Moment.now()
        log.append(event) { result in
            if case .failure = result { return waits.refuse() }
            waits.add(Moment.now() - start)
        }
    }

    /// So many calls are live at once, and each says so much.
    private static let (calls, eventsOfACall) = (500, 40)

    /// What a call says most often. Names of calls begin with the time, so that later calls have later names.
    private static func fact(_ index: Int) -> Event {
        let call = index % calls + index / (calls * eventsOfACall) * calls
        let data: JSON = [
            "text": "I would like to have my bicycle repaired on Thursday at ten", "turn": .int(Int64(index % 40)),
            "confidence": 0.93, "from_ms": .int(Int64(index) * 20), "language": "en-US", "route_step": 0,
        ]
        return Event(.transcriptFinal, key: "call_01KATZ5Q3M\(10_000_000 + call)", data: data)
    }
}
