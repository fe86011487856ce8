import Core
import Glibc
import JSONKit
import Services
import Store

/// A campaign from its first call to its last, while hosts are killed at random instants.
struct Dialling {
    private let scene: Scene
    private let kills: Int
    private let list: CarrierList
    /// Nothing has happened for so many seconds: what is left is lost.
    private static let patience = 150.0

    init(_ scene: Scene, kills: Int) {
        (self.scene, self.kills) = (scene, kills)
        list = CarrierList(port: scene.carrierPort)
    }

    private static var now: Double { Double(Moment.now().microseconds) / 1e6 }

    /// Whether it is as it must be.
    func run() async throws -> Bool {
        let start = Self.now
        try ServerProcess.wait(seconds: 20, for: "the carrier") { list.figures() != nil }
        for host in scene.hosts { try host.start() }
        let killed = try killOnTheWay()
        try waitForTheLast()
        let seconds = Self.now - start
        for host in scene.hosts { host.stop() }
        return try await report(killed, seconds)
    }

    /// Spread over the way, each at a random instant. How many there were.
    private func killOnTheWay() throws -> Int {
        let instants = (0..<kills).map { (Double($0) + .random(in: 0..<1)) / Double(kills) * 0.95 }
        var (killed, placed, moved) = (0, 0, Self.now)
        while killed < kills {
            let count = self.placed
            if count != placed { (placed, moved) = (count, Self.now) }
            guard Self.now - moved < Self.patience else { return killed }
            if Double(placed) / Double(max(1, scene.expected)) >= instants[killed] {
                usleep(.random(in: 0..<30_000))
                let host = scene.hosts[.random(in: 0..<scene.hosts.count)]
                host.kill()
                killed += 1
                try host.start()
            }
            usleep(5000)
        }
        return killed
    }

    private var placed: Int { Int(list.figures()?["placed"]?.int ?? 0) }

    private func waitForTheLast() throws {
        var (seen, moved) = ("", Self.now)
        while Self.now - moved < Self.patience {
            guard let figures = list.figures() else { throw ServiceFailure("the carrier is gone") }
            let (placed, live) = (figures["placed"]?.int ?? 0, figures["live"]?.int ?? 0)
            let state = "\(placed) \(live) \(figures["callbacks"]?.int ?? 0)"
            if state != seen { (seen, moved) = (state, Self.now) }
            // The last ones are noted, and doubts are settled, within two minutes or so.
            if placed >= scene.expected, live == 0, Self.now - moved > 120 { return }
            usleep(200_000)
        }
    }

    // MARK: Judging

    private func report(_ killed: Int, _ seconds: Double) async throws -> Bool {
        let now = Timestamp.now()
        let calls = try list.calls()
        var (lost, twice, violations) = (0, 0, 0)
        for index in 0..<scene.leads {
            let count = calls[scene.lead(index, at: now).number]?.count ?? 0
            if scene.isAsleep(index) || scene.isForbidden(index) {
                violations += count
            } else {
                if count == 0 { lost += 1 }
                if count > 1 { twice += 1 }
            }
        }
        let store = try scene.store()
        defer { store.close() }
        let counts = try await store.leads.counts(lists: ["bench"])
        let closed = counts.filter { $0.state == .closed }.reduce(0) { $0 + Int($1.count) }
        let live = try await store.attempts.countLive(campaign: Scene.campaign)
        let record = try await store.campaigns.get(Scene.campaign)
        let figures = list.figures()
        let overlapping = figures?["overlapping"]?.int ?? 0
        // Nobody is forgotten half way: closed, or waiting for the day.
        let unsettled = counts.filter { $0.state == .claimed }.reduce(0) { $0 + Int($1.count) }
        let line: JSON = [
            "bench": "dialer", "engine": .string(scene.engine), "hosts": .int(Int64(scene.hosts.count)),
            "leads": .int(Int64(scene.leads)), "callable": .int(Int64(scene.expected)), "kills": .int(Int64(killed)),
            "placed": figures?["placed"] ?? 0, "dialled_twice": .int(Int64(twice)), "lost": .int(Int64(lost)),
            "violations": .int(Int64(violations)), "overlapping": .int(overlapping), "closed": .int(Int64(closed)),
            "unsettled": .int(Int64(unsettled + live)), "state": .string(record?.state ?? ""),
            "reason": .string(record?.reason ?? ""), "seconds": .double((seconds * 10).rounded() / 10),
        ]
        print(line)
        return twice == 0 && lost == 0 && violations == 0 && overlapping == 0 && unsettled + live == 0
    }
}
