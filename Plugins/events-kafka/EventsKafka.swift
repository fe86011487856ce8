import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(EventsKafka.self) }

/// Events to and from Kafka.
final class EventsKafka: Plugin {
    static let manifest = Manifest(name: "events-kafka", kind: "events", version: "1.0.0", schema: Settings.schema)

    private let settings: Settings
    private let host: Host
    private let producer: Producer

    init(host: Host, config: JSON) throws(PluginProblem) {
        settings = try Settings(config)
        self.host = host
        producer = try Producer(settings, host: host)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        guard let consume = options["consume"] else { return ProduceStream(producer, settings, host, sink) }
        return try ConsumeStream(producer, settings, host, try Wish(consume), sink)
    }

    func health() -> PluginProblem? { producer.health() }
}
