import Core
import Glibc
import JSONKit
import Services
import Store
import Synchronization

/// `bench-claims ENGINE CLAIMS LEADS...`: for each number of leads one list, half of which waits for a later time; hosts (two
/// on PostgreSQL) claim 20 at a time, and a quarter of the leads that they look at is told to wait.
@main struct Claims {
    private static let start = Timestamp.now()
    private static let batch = 20

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 3, let claims = Int(arguments[2]) else {
            print("usage: bench-claims sqlite|postgres CLAIMS LEADS...")
            exit(2)
        }
        var rates: [Double] = []
        for leads in arguments.dropFirst(3).compactMap({ Int($0) }) {
            let line = try await measure(arguments[1], leads: leads, claims: claims)
            rates.append(line["claims_per_s"]?.double ?? 0)
            print(JSON.object(line))
        }
        guard let first = rates.first, let last = rates.last, rates.count > 1, last > 0 else { return }
        let line: JSON = [
            "bench": "claims", "engine": .string(arguments[1]), "slower": .double((first / last * 100).rounded() / 100),
        ]
        print(line)
    }

    private static func measure(_ engine: String, leads: Int, claims: Int) async throws -> JSONObject {
        let folder = try ServerProcess.makeFolder()
        defer { _ = system("rm -rf '\(folder)'") }
        let server = engine == "postgres" ? try PostgresServer() : nil
        let url = try server?.database()
        var hosts: [Store] = []
        for name in url == nil ? ["a"] : ["a", "b"] {
            let engine = url.map { url in StoreEngine.postgres(url: url, password: { nil }) } ?? .sqlite
            hosts.append(try Store(StateFolder("\(folder)/\(name)"), engine: engine, host: name))
        }
        defer { for host in hosts { host.close() } }
        let record = CampaignRecord(name: "c", state: CampaignRecord.running, body: [:], made: start)
        try await hosts[0].campaigns.add(record)
        try fill(leads, "\(folder)/a/patchbay.sqlite", url)
        let waits = Mutex<[Double]>([])
        let total = Mutex(0)
        let begin = Moment.now()
        let share = claims / hosts.count
        let work: @Sendable (Store, String) async throws -> Void = { host, owner in
            var own = 0
            while own < share {
                let start = Moment.now()
                let count = try await claim(host, owner: owner)
                let wait = (Moment.now() - start).fractionalSeconds
                waits.withLock { $0.append(wait * 1000) }
                guard count > 0 else { break }
                own += count
            }
            let count = own
            total.withLock { $0 += count }
        }
        let (first, second) = (hosts[0], hosts.count > 1 ? hosts[1] : nil)
        async let other: Void = { if let second { try await work(second, "b") } }()
        try await work(first, "a")
        try await other
        let seconds = (Moment.now() - begin).fractionalSeconds
        let sorted = waits.withLock { $0 }.sorted()
        func percentile(_ part: Double) -> JSON {
            .double((sorted[Int(Double(sorted.count - 1) * part)] * 10).rounded() / 10)
        }
        let count = total.withLock { $0 }
        return [
            "bench": "claims", "engine": .string(engine), "hosts": .int(Int64(hosts.count)),
            "leads": .int(Int64(leads)), "claims": .int(Int64(count)),
            "claims_per_s": .double((Double(count) / seconds).rounded()), "claim_ms_p50": percentile(0.5),
            "claim_ms_p99": percentile(0.99),
        ]
    }

    private static func claim(_ host: Store, owner: String) async throws -> Int {
        let until = Timestamp(unixMilliseconds: start.unixMilliseconds + 3_600_000)
        return try await host.attempts.claim(
            campaign: "c",
            lists: ["l"],
            callerIDs: ["+15005550006"],
            owner: owner,
            limit: batch,
            concurrent: 10_000_000,
            millicallsPerSecond: 1_000_000_000,
            at: .now(),
            decide: { prospect in
                prospect.number.utf8.last.map { $0 % 4 == 0 } == true
                    ? .wait(until: until) : .dial(decision: ["allowed": true], until: until)
            }
        ).count
    }

    /// Leads as an import leaves them; every other one waits for tomorrow.
    private static func fill(_ leads: Int, _ path: String, _ url: String?) throws {
        let now = start.unixMilliseconds
        let columns = """
            id, list, external_id, number, numbers, name, zone, region, language, fields, consent, score, stage, priority,
            state, disposition, reason, attempts, turn, next_at, ripe, callback_at, last_attempt_at, made, updated
            """
        let sql = """
            INSERT INTO leads (\(columns)) WITH RECURSIVE n(i) AS (
                SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < \(leads)
            ) SELECT 'lead_' || CAST((i * 7919) % 10000019 AS TEXT), 'l', '', '+1212' || CAST(2000000 + i AS TEXT), '[]',
            'Some Body', '', '', '', '{"plan":"b"}', '', i * 7919 % 101, '', i % 3, 'ready', '', '', 0, 0,
            \(now) + (i % 2) * 86400000, 1 - i % 2, 0, 0, \(now), \(now) FROM n
            """
        guard let url else {
            let database = try Database(path: path)
            return try database.execute(sql)
        }
        let file = "\(path).sql"
        let output = fopen(file, "w")
        fputs("\(sql);\nANALYZE leads;\n", output)
        fclose(output)
        guard system("psql -q -v ON_ERROR_STOP=1 '\(url)' -f '\(file)'") == 0 else { exit(1) }
    }
}
