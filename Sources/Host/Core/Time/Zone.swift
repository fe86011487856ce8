import Glibc

/// A time zone, as the system's database has it: offsets are looked up for each moment, never kept.
public struct Zone: Sendable {
    public let name: String
    /// Seconds since 1970 from which on another offset holds, and that offset.
    private let changes: [(at: Int64, offset: Int)]
    private let first: Int
    /// What holds behind the last change.
    private let rule: ZoneRule?

    public static let utc = Zone()

    private init() { (name, changes, first, rule) = ("UTC", [], 0, nil) }

    /// The zone of this name (`Europe/Berlin`, `UTC`); nil where the system does not know it. Reads a file.
    public init?(named name: String, folder: String = "/usr/share/zoneinfo") {
        if name == "UTC" {
            self = .utc
            return
        }
        let isName = name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0)) }
        }
        guard isName, let bytes = Self.contents(of: "\(folder)/\(name)"), let file = ZoneFile(bytes) else { return nil }
        self.name = name
        (changes, first, rule) = (file.changes, file.first, file.rule)
    }

    /// Seconds to add to UTC at a moment.
    public func offset(at moment: Timestamp) -> Int {
        let seconds = moment.unixMilliseconds / 1000
        guard let last = changes.last else { return rule?.offset(at: seconds) ?? first }
        if seconds >= last.at, let rule { return rule.offset(at: seconds) }
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : changes[low - 1].offset
    }

    /// The day that a moment belongs to here.
    public func day(of moment: Timestamp) -> CivilDay {
        let local = moment.unixMilliseconds + Int64(offset(at: moment)) * 1000
        return CivilDay(number: Int(local >= 0 ? local / 86_400_000 : (local - 86_399_999) / 86_400_000))
    }

    /// When the clocks here show so many seconds behind midnight. A time that is there twice is the first one; one that is left
    /// out is that much later.
    public func moment(of day: CivilDay, seconds: Int = 0) -> Timestamp {
        let local = Int64(day.number) * 86_400 + Int64(seconds)
        func moment(_ offset: Int) -> Timestamp { Timestamp(unixMilliseconds: (local - Int64(offset)) * 1000) }
        let before = offset(at: Timestamp(unixMilliseconds: (local - 86_400) * 1000))
        let after = offset(at: Timestamp(unixMilliseconds: (local + 86_400) * 1000))
        for offset in [max(before, after), min(before, after)] where self.offset(at: moment(offset)) == offset {
            return moment(offset)
        }
        return moment(before)
    }

    private static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count = fread(&bytes, 1, bytes.count, file)
        return count > 0 ? Array(bytes[0..<count]) : nil
    }
}
