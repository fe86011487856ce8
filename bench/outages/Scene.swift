import Glibc
import IO
import JSONKit
import Services
import Staging

/// A host and all its services, each behind a line that can be made slow.
final class Scene {
    static let services = ["redis", "postgres", "kafka", "clickhouse", "s3", "crm"]
    static let token = "12345678901234567890123456789012"
    static let topic = "facts.v1"
    static let partitions: Int32 = 32
    static let bucket = "recordings"

    let folder: String
    let port = LoopbackPort.unused()
    let redis: RedisServer
    let postgres: PostgresServer
    let kafka: KafkaServer
    let clickhouse: ClickHouseServer
    let s3: S3Server
    let crm: CRMProcess
    let host: HostProcess
    let lines: [String: SlowLine]
    private let libraries: String

    /// Starts all of it but the host.
    init(_ plan: Plan) throws {
        folder = try ServerProcess.makeFolder()
        libraries = plan.libraries
        (redis, postgres) = (try RedisServer(), try PostgresServer())
        kafka = try KafkaServer(topics: [Self.topic], partitions: Int(Self.partitions))
        (clickhouse, s3, crm) = (try ClickHouseServer(), try S3Server(), try CRMProcess())
        s3.bucket(Self.bucket)
        host = HostProcess(
            folder,
            libraries: plan.libraries,
            socket: "\(folder)/control",
            secrets: [
                "twilio_auth_token": Self.token, "crm_webhook": CRMDesk.secret, "s3_access_key": S3Server.accessKey,
                "s3_secret_key": S3Server.secretKey, "clickhouse": clickhouse.password,
            ],
            core: plan.hostCore
        )
        let ports = try (0..<3).map { _ in try ServerProcess.freePort() }
        // Kafka's brokers tell their own addresses: they are late by themselves.
        lines = [
            "redis": try SlowLine(.path("\(folder)/redis"), to: .path(redis.socket)),
            "postgres": try SlowLine(
                .path("\(folder)/.s.PGSQL.5432"),
                to: .path("\(postgres.folder)/.s.PGSQL.5432")
            ),
            "clickhouse": try SlowLine(.port(ports[0]), to: .port(clickhouse.port)),
            "s3": try SlowLine(.port(ports[1]), to: .port(s3.port)),
            "crm": try SlowLine(.port(ports[2]), to: .port(crm.port)),
        ]
        try write(try configuration(ports), to: "patchbay.json")
        try write(Self.agent, to: "agent.json")
    }

    deinit {
        host.kill()
        _ = system("rm -rf '\(folder)'")
    }

    var socket: String { "\(folder)/control" }

    private func configuration(_ ports: [UInt16]) throws -> JSON {
        var (plugins, routes): ([JSON], JSONObject) = ([], [:])
        func add(_ name: String, _ config: JSON = [:]) {
            plugins.append(["path": .string("\(libraries)/lib\(name).so"), "config": config])
            let kind = String(name.split(separator: "-")[name.hasPrefix("stub-") ? 1 : 0])
            if kind != "telephony" { routes[kind] = [["plugin": .string(name)]] }
        }
        add("telephony-twilio", ["auth_token_secret": "twilio_auth_token"])
        for name in ["stub-asr", "stub-intent", "stub-llm", "stub-tts"] { add(name) }
        // The beginnings that have topics of their own unless told otherwise, and all others.
        let beginnings = ["", "transcript.", "reply.", "intent.", "call.", "disposition."]
        let topics = JSONObject(beginnings.map { ($0, .string(Self.topic)) })
        add("events-kafka", ["brokers": .string(kafka.brokers), "topics": .object(topics)])
        let url = "http://127.0.0.1:\(ports[0])"
        add("warehouse-clickhouse", ["url": .string(url), "password_secret": "clickhouse"])
        let endpoint = "http://127.0.0.1:\(ports[1])"
        add("blobs-s3", ["bucket": .string(Self.bucket), "endpoint": .string(endpoint)])
        add("crm-webhook", ["url": .string("http://127.0.0.1:\(ports[2])/hooks"), "secrets": ["crm_webhook"]])
        let database = try postgres.database().replacing("host=\(postgres.folder)", with: "host=\(folder)")
        return [
            "state": .string("\(folder)/state"), "listen": ["host": "127.0.0.1", "port": .int(Int64(port))],
            "public_url": "http://bench.invalid", "control": ["socket": .string(socket)], "log": ["level": "error"],
            "plugins": .array(plugins), "routes": .object(routes), "agents": ["agent.json"],
            "numbers": [["to": "*", "agent": "bench"]], "limits": ["calls": 4000, "drain_s": 1],
            "store": ["engine": "postgres", "url": .string(database)],
            "sessions": ["engine": "redis", "url": .string("unix:\(folder)/redis")],
            // Their reviews would only put off the moment in which nothing waits.
            "jobs": ["after_call": []],
        ]
    }

    /// As bench/agent.json, and recorded.
    private static let agent: JSON = [
        "name": "bench", "greeting": "Hello.", "instructions": "Answer.", "recording": true,
        "turn_taking": [
            "endpointing": "fixed", "endpointing_ms": 200, "endpointing_unfinished_ms": 200, "preemptive": false,
            "silence_prompt_s": 60, "silence_hangup_s": 600, "max_duration_s": 3600,
        ],
        "intents": [["name": "book", "examples": ["I would like to book a repair", "book a repair"]]],
        "stages": [["name": "only", "goal": "Answer.", "templates": ["default": "Thursday at ten is free."]]],
    ]

    private func write(_ json: JSON, to name: String) throws {
        guard let file = fopen("\(folder)/\(name)", "w") else { throw BenchFailure("\(folder)/\(name): no such file") }
        fputs(json.pretty, file)
        fclose(file)
    }
}
