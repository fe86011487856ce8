import JSONKit
import PluginKit
import ProviderKit

/// The plugin's configuration.
struct Settings: Sendable {
    let bucket: String
    let region: String
    /// `http://` or `https://` and the host that requests go to.
    let base: String
    /// As the header says it: with the port, unless that is the scheme's own.
    let hostHeader: String
    /// What stands before the key in a path: the bucket, where the host does not name it.
    let root: String
    /// What every key begins with; empty, or with a slash at its end.
    let prefix: String
    let accessKeySecret: String
    let secretKeySecret: String
    let sessionTokenSecret: String
    let partBytes: Int
    let sendsChecksums: Bool
    /// What new objects are made with.
    let objectHeaders: [(name: String, value: String)]
    let connectMilliseconds: Int
    let totalMilliseconds: Int
    let tries: Int

    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["bucket"],
          "properties": {
            "bucket": {"type": "string", "minLength": 3, "maxLength": 63, "description": "Must be there."},
            "region": {"type": "string", "minLength": 1, "default": "us-east-1"},
            "endpoint": {
              "type": "string", "default": "",
              "description": "Where the store is: https://minio.example.org:9000. Empty: Amazon's, in the region."
            },
            "addressing": {
              "enum": ["auto", "path", "virtual"], "default": "auto",
              "description": "Whether the bucket is named in the path or in the host; auto: in the host at Amazon's."
            },
            "prefix": {"type": "string", "default": "", "description": "What every key begins with: patchbay/desk-1"},
            "access_key_secret": {
              "type": "string", "minLength": 1, "default": "s3_access_key",
              "description": "Name of the secret that holds the access key's id."
            },
            "secret_key_secret": {
              "type": "string", "minLength": 1, "default": "s3_secret_key",
              "description": "Name of the secret that holds the secret access key."
            },
            "session_token_secret": {
              "type": "string", "default": "",
              "description": "Name of the secret that holds the token of temporary credentials; empty: there is none."
            },
            "part_bytes": {
              "type": "integer", "minimum": 5242880, "maximum": 536870912, "default": 8388608,
              "description": "Longer blobs are sent in parts of this length, and go on at the part where they stopped."
            },
            "checksums": {
              "enum": ["sha256", "none"], "default": "sha256",
              "description": "What the store keeps with each object; none: for stores that refuse the header."
            },
            "storage_class": {"type": "string", "default": ""},
            "encryption": {"enum": ["", "AES256", "aws:kms"], "default": ""},
            "kms_key_id": {"type": "string", "default": ""},
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 3000},
            "total_ms": {
              "type": "integer", "minimum": 1, "maximum": 600000, "default": 120000,
              "description": "The longest that one request may take."
            },
            "tries": {
              "type": "integer", "minimum": 1, "maximum": 10, "default": 3,
              "description": "Of one request; longer outages are for the host to wait out."
            }
          }
        }
        """

    init(_ config: JSON) throws(PluginProblem) {
        bucket = config["bucket"]?.string ?? ""
        region = config["region"]?.string ?? "us-east-1"
        let endpoint = config["endpoint"]?.string ?? ""
        let address = try Self.address(endpoint.isEmpty ? "https://s3.\(region).amazonaws.com" : endpoint)
        var inHost = config["addressing"]?.string == "virtual"
        if (config["addressing"]?.string ?? "auto") == "auto" {
            // A name with dots is not in the certificate.
            inHost = address.host.hasSuffix(".amazonaws.com") && !bucket.contains(".")
        }
        hostHeader = inHost ? "\(bucket).\(address.host)" : address.host
        base = "\(address.scheme)\(hostHeader)"
        root = inHost ? "" : "/\(bucket)"
        let prefix = (config["prefix"]?.string ?? "").split(separator: "/").joined(separator: "/")
        self.prefix = prefix.isEmpty ? "" : "\(prefix)/"
        accessKeySecret = config["access_key_secret"]?.string ?? "s3_access_key"
        secretKeySecret = config["secret_key_secret"]?.string ?? "s3_secret_key"
        sessionTokenSecret = config["session_token_secret"]?.string ?? ""
        partBytes = Int(config["part_bytes"]?.int ?? 8 << 20)
        sendsChecksums = config["checksums"]?.string != "none"
        var headers: [(name: String, value: String)] = []
        for (member, name) in [
            ("storage_class", "x-amz-storage-class"), ("encryption", "x-amz-server-side-encryption"),
            ("kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
        ] {
            if let value = config[member]?.string, !value.isEmpty { headers.append((name, value)) }
        }
        objectHeaders = headers
        connectMilliseconds = Int(config["connect_ms"]?.int ?? 3000)
        totalMilliseconds = Int(config["total_ms"]?.int ?? 120_000)
        tries = Int(config["tries"]?.int ?? 3)
    }

    /// Scheme and host of an endpoint; the scheme's own port is left out, as clients leave it out of the host header.
    private static func address(_ endpoint: String) throws(PluginProblem) -> (scheme: String, host: String) {
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")] where endpoint.hasPrefix(scheme) {
            var host = endpoint.dropFirst(scheme.count)
            while host.hasSuffix("/") { host.removeLast() }
            if host.hasSuffix(port) { host.removeLast(port.count) }
            guard !host.isEmpty, !host.contains(where: { "/?#@ ".contains($0) }) else { break }
            return (scheme, host.lowercased())
        }
        throw PluginProblem(
            .invalid,
            "endpoint: must be as https://minio.example.org:9000, without user or path, is \"\(endpoint)\""
        )
    }

    /// A blob's key in the bucket.
    /// - Throws: `.invalid` for what S3 does not take, or what a client would shorten on its way.
    func objectKey(_ key: String) throws(PluginProblem) -> String {
        func refuse(_ why: String) -> PluginProblem { PluginProblem(.invalid, "key: \(why)") }
        guard !key.isEmpty, (prefix + key).utf8.count <= 1024 else {
            throw refuse("is required (1 to 1024 bytes with the prefix)")
        }
        for part in key.split(separator: "/", omittingEmptySubsequences: false) {
            guard !part.isEmpty, part != ".", part != ".." else {
                throw refuse("no part may be empty or consist of dots, in \(key)")
            }
            guard part.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw refuse("control characters are not allowed")
            }
        }
        return prefix + key
    }
}
