import Campaigns
import Core
import Glibc
import JSONKit
import Services
import Store

/// Everything around the hosts: a folder, the store's engine, a carrier in its own process, and the leads.
final class Scene {
    let folder: String
    let engine: String
    let leads: Int
    let libraries: String
    let hosts: [HostProcess]
    let carrierPort: UInt16
    private let carrier: ServerProcess
    private let postgres: PostgresServer?
    private let url: String

    static let campaign = "bench"
    /// Calls under way at once, on all hosts, and begun a second.
    static let concurrent = 80

    init(engine: String, leads: Int, libraries: String) throws {
        guard ["sqlite", "postgres"].contains(engine) else {
            throw ServiceFailure("the engine is sqlite or postgres, not \(engine)")
        }
        (self.engine, self.leads, self.libraries) = (engine, leads, libraries)
        folder = try ServerProcess.makeFolder()
        postgres = engine == "postgres" ? try PostgresServer() : nil
        url = try postgres?.database() ?? ""
        carrierPort = try ServerProcess.freePort()
        try Self.write(Self.practice, to: "\(folder)/practice.json")
        let carrierFolder = "\(folder)/carrier"
        mkdir(carrierFolder, 0o700)
        carrier = try ServerProcess(
            [
                "\(libraries)/patchbay", "carrier", "--port", "\(carrierPort)", "--personas",
                "\(folder)/practice.json", "--speed", "20", "--seed", "11", "--mute",
            ],
            folder: carrierFolder
        )
        var hosts: [HostProcess] = []
        for number in 1...(engine == "postgres" ? 2 : 1) {
            hosts.append(try HostProcess("host\(number)", folder, libraries))
        }
        self.hosts = hosts
        for host in hosts { try Self.write(configuration(of: host), to: host.configuration) }
        try Self.write(Self.agent, to: "\(folder)/agent.json")
    }

    deinit {
        carrier.stop()
        _ = system("rm -rf '\(folder)'")
    }

    private static func write(_ json: JSON, to path: String) throws {
        guard let file = fopen(path, "w") else { throw ServiceFailure("\(path) cannot be written") }
        fputs(json.pretty, file)
        fclose(file)
    }

    // MARK: Documents

    /// Most are over soon: how calls go is not what is measured. What goes wrong is what leaves doubts.
    private static let practice: JSON = [
        "personas": [
            ["name": "busy", "kind": "busy", "weight": 45], ["name": "out", "kind": "ring", "weight": 25],
            ["name": "short", "kind": "hang_up", "weight": 15, "rings_s": [2, 6], "stays_s": [0.5, 2]],
            ["name": "gone", "kind": "unreachable", "weight": 10],
        ],
        "numbers": [:], "dials_s": [0.4, 2],
        "faults": [
            "fails_before": 0.01, "fails_after": 0.01, "loses_answer": 0.015, "refuses": 0.01,
            "loses_callback": 0.01, "repeats_callback": 0.05, "delays_callback": 0.05,
        ],
    ]

    private static let agent: JSON = [
        "name": "bench", "language": "en-US", "greeting": "Hello.", "instructions": "Answer.", "recording": false,
        "lines": ["still_there": "Hello?", "not_understood": "Again?", "goodbye": "Goodbye."], "start": "only",
        "intents": [["name": "book", "examples": ["I would like to book a repair", "book a repair"]]],
        "stages": [["name": "only", "goal": "Answer.", "templates": ["default": "Thursday at ten is free."]]],
    ]

    private func configuration(of host: HostProcess) -> JSON {
        func plugin(_ name: String, _ config: JSON = [:]) -> JSON {
            ["path": .string("\(libraries)/lib\(name).so"), "config": config]
        }
        let account = "AC00000000000000000000000000000001"
        let twilio: JSON = [
            "auth_token_secret": "twilio_auth_token", "account_sid": .string(account),
            "base_url": .string("http://127.0.0.1:\(carrierPort)"), "request_ms": 5000,
        ]
        var store: JSONObject = ["engine": .string(engine)]
        if !url.isEmpty { store["url"] = .string(url) }
        return [
            "state": .string(host.state), "listen": ["host": "127.0.0.1", "port": .int(Int64(host.port))],
            "public_url": .string("http://127.0.0.1:\(host.port)"), "control": ["socket": .string(host.socket)],
            "log": ["level": "error"], "store": .object(store),
            "plugins": [
                plugin("telephony-twilio", twilio), plugin("stub-asr"), plugin("stub-intent"), plugin("stub-llm"),
                plugin("stub-tts"),
            ],
            "routes": [
                "asr": [["plugin": "stub-asr"]], "intent": [["plugin": "stub-intent"]],
                "llm": [["plugin": "stub-llm"]], "tts": [["plugin": "stub-tts"]],
            ],
            "agents": [.string("\(folder)/agent.json")], "jobs": ["after_call": []],
            "limits": ["calls": .int(Int64(Self.concurrent)), "drain_s": 1],
            "deliveries": ["host": .string(host.name)],
        ]
    }

    // MARK: Leads

    /// The store, while no host has it.
    func store() throws -> Store {
        let state = try StateFolder(hosts[0].state)
        guard !url.isEmpty else { return try Store(state) }
        let url = url
        return try Store(state, engine: .postgres(url: url, password: { nil }), host: "judge")
    }

    /// A lead of a number: one in ten lives where it is night, one in fifty has forbidden calls.
    func lead(_ index: Int, at now: Timestamp) -> Lead {
        let digits = String(2_000_000 + index)
        var lead = Lead(list: "bench", number: "+1212\(digits)", made: now)
        lead.zone = Self.zone(where: isAsleep(index) ? 2 : 13, at: now)
        lead.consent = Consent(.written, at: now, source: "bench")
        return lead
    }

    func isAsleep(_ index: Int) -> Bool { index % 10 == 3 }
    func isForbidden(_ index: Int) -> Bool { index % 50 == 7 }

    /// Those who must be called, once.
    var expected: Int { (0..<leads).count { !isAsleep($0) && !isForbidden($0) } }

    /// A zone in which it is about that hour. Its name counts westwards.
    private static func zone(where hour: Int, at now: Timestamp) -> String {
        let west = (Int(now.unixMilliseconds / 3_600_000 % 24) - hour + 36) % 24 - 12
        return west == 0 ? "Etc/GMT" : "Etc/GMT\(west > 0 ? "+" : "-")\(abs(west))"
    }

    /// Each is called once, whatever comes of it, so that a second call is one too many.
    func seed() async throws {
        let (store, now) = (try store(), Timestamp.now())
        defer { store.close() }
        var campaign = Campaign(name: Self.campaign, agent: "bench", callerIDs: ["+12125550100"], lists: ["bench"])
        (campaign.pace.concurrent, campaign.pace.callsPerSecond) = (Self.concurrent, 120)
        for disposition in Disposition.catalogue where disposition.name != "canceled" {
            campaign.retries[disposition.name] = RetryRule(waits: [], maximum: 1)
        }
        let record = CampaignRecord(name: Self.campaign, state: "running", body: campaign.json, made: now)
        _ = try await store.campaigns.add(record)
        for start in stride(from: 0, to: leads, by: 2000) {
            _ = try await store.leads.add((start..<min(start + 2000, leads)).map { lead($0, at: now) })
        }
        let forbidden = (0..<leads).filter { isForbidden($0) }
        _ = try await store.suppressions.add(
            forbidden.map { Suppression(pattern: lead($0, at: now).number, reason: "bench", made: now) }
        )
    }
}
