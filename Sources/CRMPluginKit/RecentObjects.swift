public import PluginKit
import Synchronization

/// What was made, or may have been made, a moment ago: an index that finds things only seconds after they were written says
/// that they are not there. Any thread; at its bound the oldest are forgotten.
public final class RecentObjects: Sendable {
    public enum Memory: Equatable, Sendable {
        case nothing
        case known(id: String)
        /// The answer to its making was lost; so many milliseconds later the index tells.
        case unsure(milliseconds: Int)
    }

    private struct Entry {
        /// Nil: it may be there or not.
        var id: String?
        var until: UInt64
    }

    private let host: Host
    private let bound: Int
    private let entries = Mutex<[String: Entry]>([:])

    /// How long an index lags behind at most, with a good margin; in milliseconds.
    private static let lag: UInt64 = 20_000
    private static let memory: UInt64 = 120_000

    public init(_ host: Host, bound: Int = 10_000) { (self.host, self.bound) = (host, bound) }

    public func recall(_ key: String) -> Memory {
        let now = host.monotonicMicroseconds
        return entries.withLock { entries in
            guard let entry = entries[key], now < entry.until else { return .nothing }
            return entry.id.map { .known(id: $0) } ?? .unsure(milliseconds: Int((entry.until - now) / 1000) + 1)
        }
    }

    public func made(_ key: String, id: String) { keep(key, id, for: Self.memory) }

    /// It may have been made.
    public func lost(_ key: String) { keep(key, nil, for: Self.lag) }

    /// What was known of it is wrong.
    public func forget(_ key: String) { entries.withLock { $0[key] = nil } }

    private func keep(_ key: String, _ id: String?, for milliseconds: UInt64) {
        let now = host.monotonicMicroseconds
        entries.withLock { entries in
            if entries.count >= bound { entries = entries.filter { $0.value.until > now } }
            if entries.count >= bound {
                let middle = entries.values.map(\.until).sorted()[entries.count / 2]
                entries = entries.filter { $0.value.until > middle }
            }
            entries[key] = Entry(id: id, until: now + milliseconds * 1000)
        }
    }
}
