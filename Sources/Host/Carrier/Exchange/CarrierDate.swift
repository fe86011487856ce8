import Core
import Glibc

/// Dates as this carrier writes them: RFC 2822 in UTC, as in `Tue, 24 Nov 2026 02:29:42 +0000`.
enum CarrierDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ timestamp: Timestamp) -> String {
        var seconds = time_t(timestamp.unixMilliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(Int(parts.tm_year) + 1900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
    }

    /// Reads a day or a point in time as list filters have it; nil for anything else.
    static func read(_ text: String) -> Timestamp? {
        Timestamp(parsing: text.utf8.count == 10 ? "\(text)T00:00:00Z" : text)
    }
}
