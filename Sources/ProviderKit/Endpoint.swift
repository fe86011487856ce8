public import JSONKit
public import PluginKit

/// Where a provider is reached, with which key, and how long one waits for it: what the configurations of all providers
/// that speak HTTP share.
public struct Endpoint: Sendable {
    /// Without a slash at its end.
    public let base: String
    /// The name of the secret that holds the key; empty: none is sent.
    public let secret: String
    public let connectMilliseconds: Int
    /// The longest silence on the line; the route's deadlines are sharper.
    public let idleMilliseconds: Int
    public let totalMilliseconds: Int

    /// Reads the members that `properties` describes. An empty `base` makes `base_url` a required member.
    /// - Throws: `.invalid`, naming the member.
    public init(_ config: JSON, base: String = "", secret: String = "") throws(PluginProblem) {
        var base = config["base_url"]?.string ?? base
        let schemes = ["http://", "https://", "ws://", "wss://"]
        guard schemes.contains(where: { base.hasPrefix($0) && base.utf8.count > $0.utf8.count }) else {
            throw PluginProblem(
                .invalid,
                "base_url: must begin with http:// or https:// and name a host, is \"\(base)\""
            )
        }
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        self.secret = config["api_key_secret"]?.string ?? secret
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 2000)
        idleMilliseconds = Int(config["idle_ms"]?.int ?? 15000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 60000)
    }

    /// The members of a configuration schema, to be set among a plugin's own; no comma at the end.
    public static func properties(base: String = "", secret: String = "") -> String {
        """
        "base_url": {
          "type": "string", "minLength": 8, "description": "Up to and with the version, where there is one."\
        \(base.isEmpty ? "" : ", \"default\": \"\(base)\"")
        },
        "api_key_secret": {
          "type": "string", "default": "\(secret)",
          "description": "Name of the secret that holds the key; empty: none is sent."
        },
        "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 2000},
        "idle_ms": {
          "type": "integer", "minimum": 1, "maximum": 600000, "default": 15000,
          "description": "The longest silence on the line; the route's deadlines are sharper."
        },
        "total_ms": {"type": "integer", "minimum": 1, "maximum": 600000, "default": 60000}
        """
    }

    /// The key; empty where none is wanted.
    /// - Throws: `.refused`, naming the secret that is not there.
    public func key(_ host: Host) throws(PluginProblem) -> String {
        guard !secret.isEmpty else { return "" }
        guard let key = host.secret(secret) else { throw missingSecret }
        return key
    }

    /// What is wrong with the key, before anything is asked; nil: nothing known.
    public func health(_ host: Host) -> PluginProblem? {
        secret.isEmpty || host.secret(secret) != nil ? nil : missingSecret
    }

    /// A request below the base, within the limits of time.
    public func request(
        _ method: String,
        _ path: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) -> HTTPRequest {
        var request = HTTPRequest(method, base + path, headers: headers, body: body)
        request.connectMilliseconds = connectMilliseconds
        request.idleMilliseconds = idleMilliseconds
        request.totalMilliseconds = totalMilliseconds
        return request
    }

    private var missingSecret: PluginProblem {
        PluginProblem(.refused, "the secret \(secret) is not there (api_key_secret)")
    }
}
