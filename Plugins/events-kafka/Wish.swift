import JSONKit
import PluginKit

/// What a consumer wants: `consume` of the stream's options.
struct Wish: Sendable {
    let group: String
    /// Of the host's events; empty: all.
    let topics: Set<String>
    /// So many records at once, or those of so long a time.
    let most: Int
    let milliseconds: Int

    init(_ json: JSON) throws(PluginProblem) {
        guard let group = json["group"]?.string, !group.isEmpty else {
            throw PluginProblem(.invalid, "consume.group: is required (a string)")
        }
        self.group = group
        topics = Set((json["topics"]?.array ?? []).compactMap(\.string))
        most = Int(max(1, min(10_000, json["batch"]?.int ?? 500)))
        milliseconds = Int(max(0, min(60_000, json["wait_ms"]?.int ?? 0)))
    }
}
