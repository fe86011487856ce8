import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Synchronization

/// One stream as a test uses it: push from here, read what came.
///
/// Unchecked: the stream is touched on its loop only, the rest is behind the lock.
final class Conversation: StreamReceiver, @unchecked Sendable {
    enum Heard: Equatable, Sendable {
        case text(String)
        case done(UInt64)
        case audio(UInt64)
        case end
        case failed(PluginFailure.Code)
    }

    private let loop: PollLoop
    private var stream: Stream?
    private let heard = Mutex<[Heard]>([])

    init(_ workshop: Workshop, _ name: String = "parrot", interface: String = "patchbay.intent/1") throws {
        loop = workshop.loop
        let instance = try workshop.registry.lease(name)
        let result: Result<Void, PluginError> = onLoop {
            do throws(PluginError) {
                self.stream = try Stream(instance, interface: interface, options: [:], loop: self.loop, receiver: self)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Runs on the loop and waits.
    @discardableResult
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
        let slot = Mutex<Value?>(nil)
        let semaphore = Semaphore()
        loop.perform {
            let value = body()
            slot.withLock { $0 = value }
            semaphore.signal()
        }
        semaphore.wait()
        return slot.withLock { $0 }!
    }

    func push(_ text: String, item: UInt64) { onLoop { try? self.stream?.push(text: text, item: item) } }

    func push(json: JSON, item: UInt64) { onLoop { try? self.stream?.push(json: json, item: item) } }

    func push(audio samples: [Int16], item: UInt64) {
        onLoop { try? self.stream?.push(audio: samples.span, item: item, at: 0) }
    }

    /// On the loop.
    func pushNow(_ samples: [Int16]) throws(PluginError) { try stream?.push(audio: samples.span, item: 1, at: 0) }

    func cancel(_ item: UInt64) { onLoop { self.stream?.cancel(item: item) } }

    func close() {
        onLoop {
            self.stream?.close()
            self.stream = nil
        }
    }

    /// What came so far.
    var all: [Heard] { heard.withLock { $0 } }

    /// Waits at most 5 s for a state of what came.
    func wait(_ condition: ([Heard]) -> Bool) -> [Heard] {
        for _ in 0..<1000 where !condition(all) { usleep(5000) }
        return all
    }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        let item = frame.item
        switch frame.kind {
        case .text:
            add(.text(frame.text))
            onText?(item, stream)
        case .done: add(.done(item))
        case .audio:
            add(.audio(item))
            onAudio?(item, stream)
        case .end: add(.end)
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { add(.failed(failure.code)) }

    /// Called on the loop with each piece of audio.
    nonisolated(unsafe) var onAudio: ((UInt64, Stream) -> Void)?

    /// Called on the loop with each text.
    nonisolated(unsafe) var onText: ((UInt64, Stream) -> Void)?

    private func add(_ one: Heard) { heard.withLock { $0.append(one) } }
}

/// A POSIX semaphore.
final class Semaphore: @unchecked Sendable {
    private let native = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(native, 0, 0) }
    deinit { native.deallocate() }
    func signal() { sem_post(native) }
    func wait() { while sem_wait(native) != 0 {} }
}
