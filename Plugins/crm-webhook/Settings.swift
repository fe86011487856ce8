import JSONKit
import PluginKit

/// What the operator set.
struct Settings: Sendable {
    let url: String
    let secrets: [String]
    let leadsURL: String
    let leadsTokenSecret: String
    let bound: Int
    private let connectMilliseconds: Int
    private let totalMilliseconds: Int

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["url"],
          "properties": {
            "url": {"type": "string", "minLength": 8, "description": "Where records are posted to."},
            "secrets": {
              "type": "array", "minItems": 1, "maxItems": 4,
              "items": {"type": "string", "minLength": 1},
              "default": ["crm_webhook"],
              "description": "Names of the secrets that sign, each whsec_ and base64; several while they are exchanged."
            },
            "leads_url": {"type": "string", "minLength": 8, "description": "Where leads are asked for; absent: nowhere."},
            "leads_token_secret": {
              "type": "string", "minLength": 1,
              "description": "The name of the secret that is sent as bearer token when leads are asked for."
            },
            "max_bytes": {
              "type": "integer", "minimum": 1024, "maximum": 16777216, "default": 262144,
              "description": "A longer body goes without its transcript."
            },
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 5000},
            "total_ms": {"type": "integer", "minimum": 1, "maximum": 600000, "default": 20000}
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        url = try Self.url(config, "url") ?? ""
        leadsURL = try Self.url(config, "leads_url") ?? ""
        secrets = config["secrets"]?.array?.compactMap(\.string) ?? ["crm_webhook"]
        leadsTokenSecret = config["leads_token_secret"]?.string ?? ""
        bound = Int(config["max_bytes"]?.int ?? 262_144)
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 5000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 20_000)
    }

    private static func url(_ config: JSON, _ name: String) throws(PluginProblem) -> String? {
        guard let url = config[name]?.string else { return nil }
        guard ["http://", "https://"].contains(where: { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }) else {
            throw PluginProblem(.invalid, "\(name): must begin with http:// or https:// and name a host, is \"\(url)\"")
        }
        return url
    }

    /// Read anew each time: secrets may be exchanged while the plugin runs.
    func signer(_ host: Host) throws(PluginProblem) -> WebhookSigner {
        var keys: [[UInt8]] = []
        for name in secrets {
            guard let secret = host.secret(name) else {
                throw PluginProblem(
                    .refused,
                    "secrets: there is no secret \(name); make one: whsec_ and 32 random bytes in base64"
                )
            }
            guard let key = WebhookSigner.key(secret) else {
                throw PluginProblem(.refused, "secrets: the secret \(name) is not whsec_ and 24 to 64 bytes in base64")
            }
            keys.append(key)
        }
        return WebhookSigner(keys: keys)
    }

    /// Empty where none is wanted.
    func leadsToken(_ host: Host) throws(PluginProblem) -> String {
        guard !leadsTokenSecret.isEmpty else { return "" }
        guard let token = host.secret(leadsTokenSecret) else {
            throw PluginProblem(.refused, "leads_token_secret: there is no secret \(leadsTokenSecret)")
        }
        return token
    }

    func request(
        _ method: String,
        _ url: String,
        headers: [(name: String, value: String)],
        body: [UInt8] = []
    ) -> HTTPRequest {
        var request = HTTPRequest(method, url, headers: headers, body: body)
        request.connectMilliseconds = connectMilliseconds
        request.idleMilliseconds = totalMilliseconds
        request.totalMilliseconds = totalMilliseconds
        return request
    }
}
