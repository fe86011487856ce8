/// Why Redis did not do something.
enum RedisProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no connection, or it went before the answer came.
    case away(String)
    /// Redis said so, in its own words; the first one is a code: NOAUTH, OOM, READONLY.
    case refused(String)
    /// No answer in time.
    case late

    var description: String {
        switch self {
        case .away(let reason): "redis is away: \(reason)"
        case .refused(let words): "redis refuses: \(words)\(Self.advice(words))"
        case .late: "redis did not answer in time"
        }
    }

    /// What an operator can do about it.
    private static func advice(_ words: String) -> String {
        if words.contains("without any password") { return "; it has none: remove sessions.password_secret" }
        return switch words.prefix(while: { $0 != " " }) {
        case "NOAUTH": "; set sessions.password_secret"
        case "WRONGPASS": "; check the secret that sessions.password_secret names"
        case "OOM": "; Redis' maxmemory is reached: give it more, or a policy that evicts"
        case "READONLY": "; sessions.url leads to a replica: name the primary"
        case "NOPERM": "; the Redis user may not do this: allow it HSET, GET, SET, EVAL and ZADD"
        case "LOADING": "; it reads its data set and will be ready"
        default: ""
        }
    }
}
