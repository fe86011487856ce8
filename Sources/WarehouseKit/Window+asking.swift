public import JSONKit

extension Window {
    /// Reads what people write: a time of RFC 3339, a day, or how long ago (`90m`, `24h`, `7d`, `2w`). Without `to`: up to
    /// now; without `from`: a day before that.
    /// - Throws: an error that names the parameter and what would be right.
    public init(from: String?, to: String?, limit: Int, now: Instant) throws(FieldError) {
        let end = try to.map { text throws(FieldError) in try Self.time(text, "to", now) } ?? now
        let start =
            try from.map { text throws(FieldError) in try Self.time(text, "from", now) }
            ?? Instant(unixMilliseconds: end.unixMilliseconds - 86_400_000)
        guard start < end else {
            let until = to == nil ? "\(end), which is now" : "\(end)"
            throw FieldError(
                path: "from",
                problem: "is \(start), and `to` is \(until): give an earlier `from` or a later `to`"
            )
        }
        guard (1...Self.longest).contains(limit) else {
            throw FieldError(path: "limit", problem: "must be 1 to \(Self.longest)")
        }
        self.init(from: start, to: end, limit: limit)
    }

    private static func time(_ text: String, _ name: String, _ now: Instant) throws(FieldError) -> Instant {
        if let time = Instant(parsing: text) ?? ago(text, now) { return time }
        throw FieldError(
            path: name,
            problem: "is \"\(text)\"; give a time such as 2026-11-23T16:00:00Z, a day such as 2026-11-23, or how long "
                + "ago, such as 90m, 24h or 7d"
        )
    }

    private static func ago(_ text: String, _ now: Instant) -> Instant? {
        let units: [Character: Int64] = ["m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000]
        guard let unit = text.last.flatMap({ units[$0] }), text.count <= 6,
            let count = Int64(text.dropLast()), count >= 0
        else { return nil }
        return Instant(unixMilliseconds: now.unixMilliseconds - count * unit)
    }
}
