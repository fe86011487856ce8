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
            let text = SignatureV4.encoded(path, keepingSlashes: true)
            return query.isEmpty ? text : "\(text)?\(canonicalQuery)"
        }

        fileprivate var canonicalQuery: String {
            let pairs = query.map {
                (
                    SignatureV4.encoded($0.name, keepingSlashes: false),
                    SignatureV4.encoded($0.value, keepingSlashes: false)
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
            request.method, Self.encoded(request.path, keepingSlashes: true), request.canonicalQuery, lines,
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

    /// RFC 3986: everything but letters, digits and `-._~` becomes its bytes.
    public static func encoded(_ text: String, keepingSlashes: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
            case 0x2F where keepingSlashes: encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// `20260101T000000Z`.
    static func time(_ unixSeconds: Int) -> String {
        // Days since the first of March of the year 0, in eras of 400 years (the Gregorian calendar repeats after them).
        let days = unixSeconds / 86400 + 719_468
        let (era, day) = (days / 146_097, days % 146_097)
        let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let dayOfMonth = ofYear - (153 * shifted + 2) / 5 + 1
        let second = unixSeconds % 86400
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(era * 400 + year + (month <= 2 ? 1 : 0))\(two(month))\(two(dayOfMonth))"
            + "T\(two(second / 3600))\(two(second / 60 % 60))\(two(second % 60))Z"
    }
}
