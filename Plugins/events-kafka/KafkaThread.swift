import Glibc
import Synchronization

/// A thread that turns until it is stopped.
final class KafkaThread: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)

    /// Runs `turn` again and again; each should take a tenth of a second at most.
    func start(_ turn: @escaping @Sendable () -> Void) {
        let box = Box { [self] in
            while !isOver.load(ordering: .acquiring) { turn() }
            hasEnded.store(true, ordering: .releasing)
        }
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { box in
                if let box { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
                return nil
            },
            Unmanaged.passRetained(box).toOpaque()
        )
        pthread_detach(thread)
    }

    /// Returns when the last turn is over.
    func stop() {
        isOver.store(true, ordering: .releasing)
        while !hasEnded.load(ordering: .acquiring) { usleep(1000) }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
