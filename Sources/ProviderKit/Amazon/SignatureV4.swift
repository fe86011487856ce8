/// Signs requests the way Amazon's services, and those that speak like S3, want it: signature version 4.
///
/// A pure value: the same request at the same second has the same signature. S3's rule for paths is followed: each segment
/// is percent-encoded once, and dots mean nothing.
public struct SignatureV4: Sendable {
    private let accessKey: String
    private let secretKey: String
    private let sessionToken: String
    private let region: String
    private let service: String

    /// Signs for one key, region and service. `sessionToken` is that of temporary credentials; empty: there is none.
    public init(
        accessKey: String,
        secretKey: String,
        sessionToken: String = "",
        region: String,
        service: String = "s3"
    ) {
        (self.accessKey, self.secretKey, self.sessionToken) = (accessKey, secretKey, sessionToken)
        (self.region, self.service) = (region, service)
    }

    /// A request as it is signed: nothing in it is encoded yet.
    public struct Request: Sendable {
        public var method: String
        /// With its port, unless that is the scheme's own.
        public var host: String
        /// Begins with a slash.
        public var path: String
        public var query: [(name: String, value: String)]
        /// Those that are signed besides `host` and what the signature needs; names in lower case.
        public var headers: [(name: String, value: String)]
        /// The body's SHA-256 in hexadecimal.
        public var payloadHash: String

        public init(
            _ method: String,
            host: String,
            path: String,
            query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)] = [],
            payloadHash: String = Hash.hex(Hash.sha256([]))
        ) {
            (self.method, self.host, self.path, self.query) = (method, host, path, query)
            (self.headers, self.payloadHash) = (headers, payloadHash)
        }

        /// What follows the host in the address, encoded exactly as it is signed.
        public var target: String {
            let text = path.percentEncoded(keepingSlashes: true)
            return query.isEmpty ? text : "\(text)?\(canonicalQuery)"
        }

        fileprivate var canonicalQuery: String {
            let pairs = query.map {
                (
                    $0.name.percentEncoded(),
                    $0.value.percentEncoded()
                )
            }
            let sorted = pairs.sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0 }
            return sorted.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        }
    }

    /// The headers to send, those of the request, of the time and of the signature; `host` is left to the client.
    public func headers(_ request: Request, unixSeconds: Int) -> [(name: String, value: String)] {
        let (all, time) = signedHeaders(request, unixSeconds)
        let names = all.map(\.name).joined(separator: ";")
        let signature = signature(request, unixSeconds: unixSeconds)
        let authorization = """
            AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope(time)), SignedHeaders=\(names), Signature=\(signature)
            """
        return all.filter { $0.name != "host" } + [("authorization", authorization)]
    }

    /// The signature alone, in hexadecimal.
    public func signature(_ request: Request, unixSeconds: Int) -> String {
        let (_, time) = signedHeaders(request, unixSeconds)
        let canonical = Hash.hex(Hash.sha256(Array(canonicalRequest(request, unixSeconds: unixSeconds).utf8)))
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope(time))\n\(canonical)"
        var key = Array("AWS4\(secretKey)".utf8)
        for part in [String(time.prefix(8)), region, service, "aws4_request"] {
            key = Hash.hmac(key: key, Array(part.utf8))
        }
        return Hash.hex(Hash.hmac(key: key, Array(text.utf8)))
    }

    /// The text that is hashed and signed.
    public func canonicalRequest(_ request: Request, unixSeconds: Int) -> String {
        let (all, _) = signedHeaders(request, unixSeconds)
        let lines = all.map { "\($0.name):\($0.value)\n" }.joined()
        return [
            request.method, request.path.percentEncoded(keepingSlashes: true), request.canonicalQuery, lines,
            all.map(\.name).joined(separator: ";"), request.payloadHash,
        ].joined(separator: "\n")
    }

    private func signedHeaders(
        _ request: Request,
        _ unixSeconds: Int
    ) -> (headers: [(name: String, value: String)], time: String) {
        let time = Self.time(unixSeconds)
        var all = request.headers.map { (name: $0.name, value: Self.trimmed($0.value)) }
        all += [("host", request.host), ("x-amz-date", time), ("x-amz-content-sha256", request.payloadHash)]
        if !sessionToken.isEmpty { all.append(("x-amz-security-token", sessionToken)) }
        // By name alone: a name may be the beginning of another.
        return (all.sorted { $0.name < $1.name }, time)
    }

    private func scope(_ time: String) -> String { "\(time.prefix(8))/\(region)/\(service)/aws4_request" }

    /// Without white space at its ends, and with one space for several.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }

    /// `20260101T000000Z`.
    static func time(_ unixSeconds: Int) -> String {
        let date = UTCTime.date(unixSeconds: unixSeconds)
        let second = unixSeconds % 86400
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date.year)\(two(date.month))\(two(date.day))"
            + "T\(two(second / 3600))\(two(second / 60 % 60))\(two(second % 60))Z"
    }
}
