import JSONKit
import PluginKit

/// What the operator set.
struct Settings: Sendable {
    let brokers: String
    /// Kafka's topic by the beginning of an event's; the longest beginning wins.
    let topics: [(beginning: String, topic: String)]
    let deliveryMilliseconds: Int
    let retryMilliseconds: Int
    let sessionMilliseconds: Int
    let compression: String
    let security: [(name: String, value: String)]
    let passwordSecret: String

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["brokers"],
          "properties": {
            "brokers": {
              "type": "string", "minLength": 1,
              "description": "Where to begin: host:port, several with commas."
            },
            "topics": {
              "type": "object",
              "additionalProperties": { "type": "string", "minLength": 1, "maxLength": 249 },
              "description": "Kafka's topic by the beginning of an event's topic; the longest beginning wins, \\"\\" is for the rest."
            },
            "delivery_ms": {
              "type": "integer", "minimum": 1000, "maximum": 300000, "default": 20000,
              "description": "A batch that the brokers have not taken by then is given back, and comes again."
            },
            "retry_ms": {
              "type": "integer", "minimum": 100, "maximum": 86400000, "default": 30000,
              "description": "When a record that a consumer could not use comes again."
            },
            "session_ms": {
              "type": "integer", "minimum": 1000, "maximum": 300000, "default": 6000,
              "description": "When the records of a consumer that was killed go to the others of its group."
            },
            "compression": { "type": "string", "enum": ["none", "lz4", "zstd", "gzip", "snappy"], "default": "lz4" },
            "security_protocol": {
              "type": "string", "enum": ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"], "default": "plaintext"
            },
            "sasl_mechanism": { "type": "string", "enum": ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] },
            "sasl_username": { "type": "string" },
            "sasl_password_secret": { "type": "string", "description": "The name of the secret with the password." },
            "ca_file": { "type": "string", "description": "Who may sign the brokers' certificates; the system's unless set." }
          }
        }
        """

    /// Transcripts, intents, status and dispositions go where people look for them, everything else into one topic.
    private static let usual = [
        ("transcript.", "calls.transcripts.v1"), ("reply.", "calls.transcripts.v1"), ("intent.", "calls.intents.v1"),
        ("call.", "calls.status.v1"), ("disposition.", "calls.dispositions.v1"), ("", "patchbay.events.v1"),
    ]

    init(_ config: JSON) throws(PluginProblem) {
        brokers = config["brokers"]?.string ?? ""
        var topics = Dictionary(uniqueKeysWithValues: Self.usual)
        for (beginning, topic) in config["topics"]?.object ?? [:] { topics[beginning] = topic.string }
        self.topics = topics.sorted { $0.key.utf8.count > $1.key.utf8.count }.map { ($0.key, $0.value) }
        deliveryMilliseconds = Int(config["delivery_ms"]?.int ?? 20_000)
        retryMilliseconds = Int(config["retry_ms"]?.int ?? 30_000)
        sessionMilliseconds = Int(config["session_ms"]?.int ?? 6000)
        compression = config["compression"]?.string ?? "lz4"
        passwordSecret = config["sasl_password_secret"]?.string ?? ""
        var security = [("security.protocol", config["security_protocol"]?.string ?? "plaintext")]
        if let mechanism = config["sasl_mechanism"]?.string { security.append(("sasl.mechanism", mechanism)) }
        if let user = config["sasl_username"]?.string { security.append(("sasl.username", user)) }
        if let path = config["ca_file"]?.string { security.append(("ssl.ca.location", path)) }
        self.security = security
        if config["security_protocol"]?.string?.hasPrefix("sasl") == true, passwordSecret.isEmpty {
            throw PluginProblem(
                .invalid,
                "sasl_password_secret: is required for \(config["security_protocol"]?.string ?? "")"
            )
        }
    }

    /// Where an event goes.
    func topic(of event: String) -> String {
        topics.first { event.hasPrefix($0.beginning) }?.topic ?? "patchbay.events.v1"
    }
}
