import Synchronization

/// A failure on purpose: the next stream of a plugin that gives so many frames fails as if the plugin had died. Any thread.
final class Rehearsal: Sendable {
    /// Frames that may still be delivered before the failure; below zero: none is rehearsed.
    private let frames = Atomic<Int>(-1)

    /// Arms it once.
    func arm(after frames: Int) { self.frames.store(frames, ordering: .relaxed) }

    /// Counts one frame; true if the stream must fail instead of delivering it.
    @inline(__always)
    func isDue() -> Bool {
        guard frames.load(ordering: .relaxed) >= 0 else { return false }
        return frames.subtract(1, ordering: .relaxed).newValue == -1
    }
}
