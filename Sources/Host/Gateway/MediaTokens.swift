import Calls
import Core
import Glibc
import Synchronization

/// The calls whose media socket is awaited, by the token in its address. A token is random, used once, and expires.
/// Any thread. At the bound the oldest one goes.
final class MediaTokens: Sendable {
    private struct Entry {
        let details: CallDetails
        /// The plugin whose webhook announced the call: a token must not carry a socket past another one's checks.
        let plugin: String
        let expires: Moment
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())
    private static let lifetime: Duration = .seconds(60)
    private static let bound = 10_000

    /// A token for a call that was announced.
    func issue(_ details: CallDetails, plugin: String, now: Moment = .now()) -> String {
        var generator = SystemRandomNumberGenerator()
        let token = String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
        state.withLock { state in
            state.entries[token] = Entry(details: details, plugin: plugin, expires: now + Self.lifetime)
            state.order.append(token)
            while let oldest = state.order.first,
                state.order.count > Self.bound || state.entries[oldest].map({ $0.expires <= now }) ?? true
            {
                state.order.removeFirst()
                state.entries[oldest] = nil
            }
        }
        return token
    }

    func contains(_ token: String, plugin: String, now: Moment = .now()) -> Bool {
        state.withLock { $0.entries[token].map { $0.expires > now && $0.plugin == plugin } ?? false }
    }

    /// The call, once.
    func take(_ token: String, plugin: String, now: Moment = .now()) -> CallDetails? {
        state.withLock { state in
            guard let entry = state.entries[token], entry.expires > now, entry.plugin == plugin else { return nil }
            state.entries[token] = nil
            return entry.details
        }
    }
}
