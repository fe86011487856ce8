import Core
import IO
import JSONKit
import Synchronization

/// How far this machine's clock is from those of the servers that a plugin talks with, by the dates of their answers.
final class ClockWatch: Sendable {
    private let plugin: String
    private let gauge: Gauge
    private let state = Mutex<(seconds: Int64?, hasComplained: Bool)>((nil, false))
    /// Signatures and tokens are refused from a few minutes on; what is said before that can still be mended.
    static let tolerated: Int64 = 30

    init(plugin: String) {
        self.plugin = plugin
        gauge = Metrics.shared.gauge(
            "patchbay_clock_skew_seconds",
            help: "How far our clock is ahead of the servers' that a plugin talks with; negative: behind.",
            labels: [("plugin", plugin)]
        )
    }

    /// Seconds that we are ahead; nil: nobody has said what time it is.
    var seconds: Int64? { state.withLock { $0.seconds } }

    /// An answer has come. On the HTTP loop.
    func see(_ headers: [(name: String, value: String)]) {
        guard let date = headers.first(where: { $0.name == "date" })?.value, let theirs = HTTPDate.seconds(date) else {
            return
        }
        let ahead = Timestamp.now().unixMilliseconds / 1000 - theirs
        gauge.set(Double(ahead))
        let isNews = state.withLock { state in
            let isOff = abs(ahead) > Self.tolerated
            defer { state = (ahead, isOff) }
            return isOff && !state.hasComplained
        }
        guard isNews else { return }
        Log("clock").warning(
            "this machine's clock differs from that of a service; set it (NTP)",
            ["plugin": .string(plugin), "ahead_s": .int(ahead)]
        )
    }
}
