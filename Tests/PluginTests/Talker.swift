import Core
import Glibc
import JSONKit
import PluginHost
import Synchronization

/// A caller's stream of recognition that stays open while a test looks at what comes out.
///
/// Unchecked: the stream is only touched on the loop, the rest is behind the lock.
final class Talker: StreamReceiver, @unchecked Sendable {
    private let state = Mutex<[Emitted]>([])
    private let loop: any EventLoop
    private var stream: Stream?

    init(_ bench: PluginBench, _ options: JSON) throws {
        loop = bench.loop
        let instance = try bench.registry.lease("asr-pocketsphinx")
        loop.perform { [self] in
            do {
                stream = try Stream(
                    instance,
                    interface: "patchbay.asr/1",
                    options: options,
                    loop: loop,
                    receiver: self
                )
            } catch {
                add(.failed(PluginFailure(.fault, isRetryable: false, message: "\(error)")))
            }
        }
    }

    func close() {
        loop.perform { [self] in
            stream?.close()
            stream = nil
        }
    }

    /// Pushes an utterance in frames of 20 ms.
    func say(_ samples: [Int16], item: UInt64) {
        run { stream in
            for start in stride(from: 0, to: samples.count, by: 160) {
                let frame = Array(samples[start..<min(start + 160, samples.count)])
                try stream.push(audio: frame.span, item: item, at: UInt64(start) * 125)
            }
        }
    }

    func done(item: UInt64) { run { try $0.done(item: item) } }

    func cancel(item: UInt64) { run { $0.cancel(item: item) } }

    var emitted: [Emitted] { state.withLock { $0 } }

    var finals: [String] { emitted.compactMap { if case .text(let text, _, true) = $0 { text } else { nil } } }

    var failure: PluginFailure? {
        emitted.lazy.compactMap { if case .failed(let failure) = $0 { failure } else { nil } }.first
    }

    /// Whether it comes true within ten seconds.
    func wait(_ condition: ([Emitted]) -> Bool) -> Bool {
        let deadline = Moment.now() + .seconds(10)
        while Moment.now() < deadline {
            if condition(emitted) { return true }
            usleep(2000)
        }
        return condition(emitted)
    }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        switch frame.kind {
        case .text: add(.text(frame.text, item: frame.item, isFinal: frame.isFinal))
        case .done: add(.done(frame.item))
        case .end: add(.end)
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { add(.failed(failure)) }

    private func add(_ one: Emitted) { state.withLock { $0.append(one) } }

    private func run(_ body: @escaping @Sendable (Stream) throws -> Void) {
        loop.perform { [self] in
            guard let stream else { return }
            do {
                try body(stream)
            } catch {
                add(.failed(PluginFailure(.fault, isRetryable: false, message: "\(error)")))
            }
        }
    }
}
