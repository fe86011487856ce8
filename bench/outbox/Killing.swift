import Glibc
import JSONKit
import Services
import Staging
import Synchronization

/// Facts through all three consumers while the host is killed at random instants.
struct Killing {
    private let scene: Scene
    private let events: Int
    private let kills: Int
    private let host: HostProcess
    private let appender: Appender

    init(_ scene: Scene, events: Int, kills: Int) {
        (self.scene, self.events, self.kills) = (scene, events, kills)
        host = scene.host()
        appender = Appender(scene, events: events, lanes: 4, batch: 100)
    }

    /// Whether everything came out, once.
    func run() throws -> Bool {
        guard let crm = scene.crm, let broker = scene.broker else { return false }
        let start = Terminal.now
        try host.start()
        appender.start()
        var killed = 0
        // Half of the way is writing, half of it is delivering; the kills are spread over both, each at a random instant.
        let instants = (0..<kills).map { Double($0) + .random(in: 0..<1) }.map { $0 / Double(kills) * 0.95 }
        while killed < kills {
            let way = Double(appender.acknowledged + crm.taken.withLock(\.count)) / Double(2 * events)
            if way >= instants[killed] {
                usleep(.random(in: 0..<3000))
                host.kill()
                killed += 1
                try host.start()
            }
            try check()
            usleep(500)
        }
        let warehouse = WarehouseReader(path: scene.warehouse)
        try wait(300) { appender.isOver && crm.taken.withLock(\.count) >= events }
        try wait(120) { (try? warehouse.count()) ?? 0 >= events }
        // What a consumer sends again after its last restart is on its way for a moment.
        sleep(3)
        let reader = BrokerReader(brokers: broker.brokers, topic: Scene.topic, partitions: 32)
        return report(
            [
                ("kafka", try ledger(reader)), ("crm", ledger(crm)),
                ("warehouse", try warehouse.ledger()),
            ],
            killed: killed,
            seconds: Terminal.now - start,
            strange: crm.strange.withLock(\.count)
        )
    }

    private func check() throws { if let failure = appender.state.withLock({ $0.failure }) { throw failure } }

    private func wait(_ seconds: Double, until isSo: () -> Bool) throws {
        let deadline = Terminal.now + seconds
        while !isSo(), Terminal.now < deadline {
            try check()
            usleep(20_000)
        }
    }

    private func ledger(_ reader: BrokerReader) throws -> Ledger {
        var ledger = Ledger()
        try reader.read(seconds: 60) {
            let number = Int($0["data"]?["number"]?.int ?? -1)
            ledger.note($0["id"]?.string ?? "", number: number, call: $0["key"]?.string)
        }
        return ledger
    }

    private func ledger(_ crm: CRMDesk) -> Ledger {
        let numbers = crm.numbers.withLock { $0 }
        var ledger = Ledger()
        for (id, count) in crm.taken.withLock({ $0 }) {
            for _ in 0..<count { ledger.note(id, number: numbers[id] ?? -1) }
        }
        return ledger
    }

    private func report(_ sides: [(String, Ledger)], killed: Int, seconds: Double, strange: Int) -> Bool {
        var line: JSONObject = [
            "bench": "outbox", "engine": .string(scene.engine), "events": .int(Int64(events)),
            "kills": .int(Int64(killed)),
        ]
        let missing = sides.map { $0.1.missing(of: events) }.reduce(0, +)
        let duplicates = sides.map(\.1.duplicates).reduce(0, +)
        line["missing"] = .int(Int64(missing))
        line["duplicates"] = .int(Int64(duplicates))
        line["out_of_order"] = .int(Int64(sides.map(\.1.outOfOrder).reduce(0, +)))
        line["asked_again"] = .int(Int64(appender.state.withLock { $0.askedAgain }))
        for (name, ledger) in sides { line["\(name)_repeats"] = .int(Int64(ledger.repeats)) }
        line["strange"] = .int(Int64(strange))
        line["seconds"] = .double((seconds * 10).rounded() / 10)
        Terminal.print(line)
        return missing == 0 && duplicates == 0 && strange == 0
    }
}
