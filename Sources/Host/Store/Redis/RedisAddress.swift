public import JSONKit

/// Where a Redis is: `redis://host[:port][/database]`, or `unix:/path/to/socket[?database]`.
public struct RedisAddress: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        case host(String, port: Int)
        case socket(path: String)
    }

    public let place: Place
    public let database: Int

    /// - Throws: an error that names `sessions.url`.
    public init(_ url: String) throws(FieldError) {
        func refuse(_ problem: String) -> FieldError { FieldError(path: "sessions.url", problem: problem) }
        if url.hasPrefix("unix:") {
            let parts = url.dropFirst(5).split(separator: "?", maxSplits: 1).map(String.init)
            guard let path = parts.first, path.hasPrefix("/") else {
                throw refuse("must name a path, as in unix:/run/redis/redis.sock")
            }
            place = .socket(path: path)
            database = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
            return
        }
        guard url.hasPrefix("redis://"), !url.contains("@") else {
            throw refuse("must be redis://host:port/database or unix:/path; the password goes into password_secret")
        }
        let parts = url.dropFirst(8).split(separator: "/", maxSplits: 1).map(String.init)
        let address = (parts.first ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        guard let host = address.first, !host.isEmpty else { throw refuse("names no host") }
        guard let port = address.count > 1 ? Int(address[1]) : 6379, (1...65535).contains(port) else {
            throw refuse("has no port: use 1 to 65535")
        }
        guard let number = parts.count > 1 ? Int(parts[1]) : 0, number >= 0 else {
            throw refuse("has no database: use a number")
        }
        place = .host(host, port: port)
        database = number
    }
}
