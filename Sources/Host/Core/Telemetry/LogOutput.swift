import Glibc
import Synchronization

/// Writes whole lines where they are taken at once. A reader that has stopped reading costs lines, never time: they are
/// counted, and the count is told when it reads again.
final class LogOutput: Sendable {
    private let dropped = Mutex<UInt64>(0)

    /// Any thread.
    func write(_ line: [UInt8], to descriptor: Int32, note: (UInt64) -> [UInt8]) {
        // Under the lock, so that the room that poll has seen is still there when we write.
        dropped.withLock { dropped in
            if dropped > 0, isReady(descriptor), put(note(dropped), descriptor) { dropped = 0 }
            if dropped > 0 || !isReady(descriptor) || !put(line, descriptor) { dropped += 1 }
        }
    }

    private func isReady(_ descriptor: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&wanted, 1, 0) == 1 && wanted.revents & Int16(POLLOUT) != 0
    }

    private func put(_ line: [UInt8], _ descriptor: Int32) -> Bool {
        while true {
            let count = Glibc.write(descriptor, line, line.count)
            if count >= 0 { return true }
            if errno != EINTR { return false }
        }
    }
}
