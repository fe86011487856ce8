public import JSONKit

/// How long a server asks us to wait.
public enum RetryAfter {
    /// Longer waits are no answer to a caller: the route goes on to its next step.
    public static let longestForCaller = 60_000

    /// Milliseconds from `retry-after-ms`, or `retry-after` as seconds or a date; 0: no opinion, or none we believe.
    public static func milliseconds(
        _ header: (String) -> String?,
        unixSeconds: Int,
        longest: Int = longestForCaller
    ) -> Int {
        var wait: Double?
        if let text = header("retry-after-ms") {
            wait = Double(text)
        } else if let text = header("retry-after") {
            wait = Double(text).map { $0 * 1000 } ?? date(text).map { Double($0 - unixSeconds) * 1000 }
        }
        guard let wait, wait > 0, wait <= Double(longest) else { return 0 }
        return Int(wait.rounded(.up))
    }

    /// Milliseconds from the details of an error of Google's, where one has `"retryDelay": "3.5s"`; 0 as above.
    public static func milliseconds(details: JSON?) -> Int {
        let delays = (details?.array ?? []).lazy.compactMap { $0["retryDelay"]?.string }
        guard let delay = delays.first, delay.hasSuffix("s"), let seconds = Double(delay.dropLast()) else { return 0 }
        return milliseconds({ $0 == "retry-after" ? String(seconds) : nil }, unixSeconds: 0)
    }

    /// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    public static func date(_ text: String) -> Int? {
        let parts = text.split { $0 == " " || $0 == ":" }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            let day = Int(parts[1]), let year = Int(parts[3]), (1970...9999).contains(year), (1...31).contains(day),
            let hour = Int(parts[4]), let minute = Int(parts[5]), let second = Int(parts[6]),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        return UTCTime.days(year, month + 1, day) * 86400 + hour * 3600 + minute * 60 + second
    }
}
