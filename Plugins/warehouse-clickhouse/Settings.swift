import JSONKit
import PluginKit

/// The plugin's configuration.
struct Settings: Sendable {
    let url: String
    let database: String
    let user: String
    /// Name of the secret that holds the password; empty: there is none.
    let passwordSecret: String
    let isCompressed: Bool
    let connectMilliseconds: Int
    let totalMilliseconds: Int

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["url"],
          "properties": {
            "url": {"type": "string", "minLength": 8, "description": "Of the HTTP interface: http://host:8123, https://host:8443"},
            "database": {"type": "string", "minLength": 1, "default": "default", "description": "Must be there."},
            "user": {"type": "string", "minLength": 1, "default": "default"},
            "password_secret": {
              "type": "string", "default": "",
              "description": "Name of the secret that holds the user's password; empty: there is none."
            },
            "compression": {"enum": ["none", "gzip"], "default": "none", "description": "Of what is sent."},
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 2000},
            "total_ms": {
              "type": "integer", "minimum": 1, "maximum": 600000, "default": 30000,
              "description": "The longest that one request, or one erasure, may take."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        var url = config["url"]?.string ?? ""
        guard ["http://", "https://"].contains(where: { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }),
            !url.contains("?"), !url.contains("@")
        else {
            throw PluginProblem(
                .invalid,
                "url: must be as http://host:8123, without user or parameters, is \"\(url)\""
            )
        }
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        database = config["database"]?.string ?? "default"
        user = config["user"]?.string ?? "default"
        passwordSecret = config["password_secret"]?.string ?? ""
        isCompressed = config["compression"]?.string == "gzip"
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 2000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 30_000)
    }
}
