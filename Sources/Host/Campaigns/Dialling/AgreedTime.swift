import Core
import JSONKit

/// When the one who was called wants to be called again, from what the agent has learned.
enum AgreedTime {
    /// `callback_at` is a whole time in UTC; `callback_date` (`2026-11-26`) and `callback_time` (`10:00`) are by the clocks of
    /// whom was called. A time that is over today is tomorrow's. Nil: nothing was agreed that can be understood.
    static func read(_ slots: JSON, zone: Zone?, now: Timestamp) -> Timestamp? {
        if let text = slots["callback_at"]?.string, let time = Timestamp(parsing: text) { return time }
        guard let zone, let clock = slots["callback_time"]?.string, let seconds = seconds(clock) else { return nil }
        let today = zone.day(of: now)
        if let text = slots["callback_date"]?.string {
            guard let day = CivilDay(parsing: text) else { return nil }
            return zone.moment(of: day, seconds: seconds)
        }
        let time = zone.moment(of: today, seconds: seconds)
        return time > now ? time : zone.moment(of: CivilDay(number: today.number + 1), seconds: seconds)
    }

    private static func seconds(_ clock: String) -> Int? {
        let parts = clock.split(separator: ":").map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0..<24).contains(hour),
            (0..<60).contains(minute)
        else { return nil }
        return hour * 3600 + minute * 60
    }
}
