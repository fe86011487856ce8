import Core
import Synchronization

/// Zones that were read once; any thread. The system's database stays the truth: offsets are asked for each moment.
final class ZoneTable: Sendable {
    /// The system's zones are the same for every rule book.
    static let shared = ZoneTable()

    private let known = Mutex<[String: Zone]>([:])

    /// The zone of this name; nil where the system does not know it. The first time, a file is read.
    func zone(_ name: String) -> Zone? {
        if let zone = known.withLock({ $0[name] }) { return zone }
        guard let zone = Zone(named: name) else { return nil }
        known.withLock { $0[name] = zone }
        return zone
    }
}
