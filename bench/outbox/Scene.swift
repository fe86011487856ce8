import Glibc
import IO
import JSONKit
import Services
import Staging

/// Everything around the host: a folder, the store's engine, a broker, a CRM and a warehouse.
final class Scene {
    let folder: String
    let engine: String
    let libraries: String
    let broker: KafkaServer?
    let crm: CRMDesk?
    private let postgres: PostgresServer?

    /// The one topic of the broker.
    static let topic = "facts.v1"

    /// `isListening`: whether somebody is told of the events.
    /// - Throws: where something that is needed does not start.
    init(engine: String, libraries: String, isListening: Bool) throws {
        (self.engine, self.libraries) = (engine, libraries)
        guard ["sqlite", "postgres"].contains(engine) else {
            throw BenchFailure("the engine is sqlite or postgres, not \(engine)")
        }
        var template = Array("/tmp/patchbay-outbox-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchFailure("no temporary folder") }
        folder = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        postgres = engine == "postgres" ? try PostgresServer() : nil
        // Each partition of the mock cluster keeps five megabytes.
        broker = isListening ? try KafkaServer(topics: [Self.topic], partitions: 32) : nil
        crm = isListening ? try CRMDesk() : nil
        try write()
    }

    deinit { _ = system("rm -rf '\(folder)'") }

    var socket: String { "\(folder)/control" }
    var warehouse: String { "\(folder)/warehouse.db" }

    func host() -> HostProcess {
        HostProcess(folder, libraries: libraries, socket: socket, secrets: ["crm_webhook": CRMDesk.secret])
    }

    private func write() throws {
        var (plugins, routes): ([JSON], JSONObject) = ([], [:])
        func add(_ kind: String, _ name: String, _ config: JSON) {
            plugins.append(["path": .string("\(libraries)/lib\(name).so"), "config": config])
            routes[kind] = [["plugin": .string(name)]]
        }
        if let broker, let crm {
            add(
                "events",
                "events-kafka",
                [
                    "brokers": .string(broker.brokers),
                    "topics": ["": .string(Self.topic), "call.": .string(Self.topic)],
                ]
            )
            add("crm", "crm-webhook", ["url": .string(crm.url), "secrets": ["crm_webhook"]])
            add("warehouse", "warehouse-sqlite", ["path": .string(warehouse)])
        }
        var store: JSONObject = ["engine": .string(engine)]
        if let postgres { store["url"] = .string(try postgres.database()) }
        let port = LoopbackPort.unused()
        let configuration: JSON = [
            "state": .string("\(folder)/state"), "listen": ["host": "127.0.0.1", "port": .int(Int64(port))],
            "public_url": .string("http://127.0.0.1:\(port)"), "control": ["socket": .string(socket)],
            "log": ["level": "error"], "plugins": .array(plugins), "routes": .object(routes), "store": .object(store),
            "deliveries": ["events": ["call.reviewed"]], "limits": ["drain_s": 1],
        ]
        let path = "\(folder)/patchbay.json"
        guard let file = fopen(path, "w") else { throw BenchFailure("\(path) cannot be written") }
        fputs(configuration.pretty, file)
        fclose(file)
    }
}
