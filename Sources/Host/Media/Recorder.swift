internal import CLinux
public import Core
import Glibc
import Synchronization

/// Writes the recordings of all calls, on one thread of its own. Every quarter of a second it takes what is complete from
/// each call's window and appends it to the call's file. The thread keeps the recorder alive until `stop`.
public final class Recorder: Sendable {
    private struct Work: Sendable {
        var started: [RecordingBuffer] = []
        var stops = false
    }

    private static let interval: Int32 = 250
    private let work = Mutex(Work())
    private let wake: Int32
    private let thread = Mutex<pthread_t?>(nil)
    private let dropped: Counter

    /// Starts the thread.
    public init(metrics: Metrics = .shared) {
        wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        dropped = metrics.counter(
            "patchbay_recording_dropped_samples_total",
            help: "Samples left out of recordings: they came too late, or the disk could not keep up."
        )
        var identifier = pthread_t()
        let created = pthread_create(
            &identifier,
            nil,
            { argument in
                guard let argument else { return nil }
                clinux_name_thread("recorder")
                Unmanaged<Recorder>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        precondition(created == 0, "the system gives no thread for recordings")
        thread.withLock { [identifier] in $0 = identifier }
    }

    deinit { close(wake) }

    /// Begins a recording in the file at `path`. Does not block: a file that cannot be made shows in the summary.
    public func start(path: String, sampleRate: Int = 8000) -> Recording {
        let buffer = RecordingBuffer(path: path, sampleRate: sampleRate)
        work.withLock { $0.started.append(buffer) }
        signal()
        return Recording(buffer, self)
    }

    /// Ends the thread and waits for it. Recordings still running are closed with what they have.
    public func stop() {
        guard let identifier = thread.withLock({ $0.take() }) else { return }
        work.withLock { $0.stops = true }
        signal()
        pthread_join(identifier, nil)
    }

    func signal() { eventfd_write(wake, 1) }

    private func run() {
        var files: [RecordingFile] = []
        while true {
            var request = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
            poll(&request, 1, files.isEmpty ? -1 : Self.interval)
            var count: eventfd_t = 0
            eventfd_read(wake, &count)
            let (started, stops) = work.withLock { work in
                defer { work.started = [] }
                return (work.started, work.stops)
            }
            files += started.map(RecordingFile.init)
            files.removeAll { $0.drain(final: stops, dropped) }
            if stops { return }
        }
    }
}
