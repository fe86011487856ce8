import JSONKit
import PluginKit

/// The plugin's configuration.
struct Settings: Sendable {
    /// As the token names it: in capitals, without a region.
    let account: String
    let url: String
    let user: String
    let keySecret: String
    let database: String
    let schemaName: String
    let warehouse: String
    /// Empty: the user's own.
    let role: String
    let connectMilliseconds: Int
    let totalMilliseconds: Int

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["account", "user", "database", "warehouse"],
          "properties": {
            "account": {
              "type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_.-]+$",
              "description": "As MYORG-MYACCOUNT, or a locator with its region: xy12345.us-east-1"
            },
            "url": {
              "type": "string", "default": "",
              "description": "Where the account is reached, if that is not https://<account>.snowflakecomputing.com"
            },
            "user": {"type": "string", "minLength": 1},
            "private_key_secret": {
              "type": "string", "minLength": 1, "default": "snowflake_private_key",
              "description": "Name of the secret that holds the user's private key: PKCS #8 in PEM, without a password."
            },
            "database": {"type": "string", "minLength": 1, "description": "As it is stored, usually in capitals."},
            "schema": {"type": "string", "minLength": 1, "default": "PUBLIC"},
            "warehouse": {"type": "string", "minLength": 1},
            "role": {"type": "string", "default": "", "description": "Empty: the user's own."},
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 5000},
            "total_ms": {
              "type": "integer", "minimum": 1000, "maximum": 600000, "default": 90000,
              "description": "The longest that one statement may take, with all tries and questions after it."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        let account = config["account"]?.string ?? ""
        // A region belongs to the address only; MYORG-MYACCOUNT has no dot.
        self.account = (account.split(separator: ".").first.map(String.init) ?? account).uppercased()
        var url = config["url"]?.string ?? ""
        if url.isEmpty {
            url = "https://\(account.lowercased().replacing("_", with: "-")).snowflakecomputing.com"
        }
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw PluginProblem(.invalid, "url: must begin with https://, is \"\(url)\"")
        }
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        user = config["user"]?.string ?? ""
        keySecret = config["private_key_secret"]?.string ?? "snowflake_private_key"
        database = config["database"]?.string ?? ""
        schemaName = config["schema"]?.string ?? "PUBLIC"
        warehouse = config["warehouse"]?.string ?? ""
        role = config["role"]?.string ?? ""
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 5000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 90_000)
    }
}
