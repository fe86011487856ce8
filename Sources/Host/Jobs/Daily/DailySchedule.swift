public import Core
import Store
import Synchronization

/// When the days before are summed up: once a day, at a time of a zone. A host that was down then does it when it is back, up
/// to a week late.
public final class DailySchedule: Sendable {
    private let zone: Zone
    private let seconds: Int
    private let done = Mutex<CivilDay?>(nil)

    private static let longest = 7

    /// `seconds` behind midnight.
    public init(at seconds: Int, _ zone: Zone) { (self.seconds, self.zone) = (seconds, zone) }

    /// Reads `03:30`; the seconds behind midnight.
    public static func seconds(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 3600 + minute * 60
    }

    /// The last day that is to be summed up by now.
    func last(at now: Timestamp) -> CivilDay {
        let today = zone.day(of: now)
        return today.advanced(by: now < zone.moment(of: today, seconds: seconds) ? -2 : -1)
    }

    /// The days that are due and were not told yet; none before the first one that anything is known of.
    func due(at now: Timestamp, since first: Timestamp) -> [CivilDay] {
        let last = last(at: now)
        let told = done.withLock { $0 } ?? last.advanced(by: -Self.longest)
        let begin = max(told.advanced(by: 1), zone.day(of: first))
        return begin <= last ? (begin.number...last.number).map(CivilDay.init(number:)) : []
    }

    /// The due days are queued.
    func told(at now: Timestamp) { done.withLock { $0 = last(at: now) } }

    /// Whether there can be anything new: cheap, asked every second.
    func mayBeDue(at now: Timestamp) -> Bool { done.withLock { $0 } != last(at: now) }
}
