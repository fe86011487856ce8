import Glibc
import PluginAPI
import Synchronization

@testable import PluginKit

/// A host whose HTTP requests are answered by the test, and a stream of its own that notes what is emitted.
///
/// Unchecked: the tables are constant, the rest is behind locks.
final class FakeHost: @unchecked Sendable {
    private let tables = UnsafeMutablePointer<pb_http_v1>.allocate(capacity: 1)
    private let native = UnsafeMutablePointer<pb_host>.allocate(capacity: 1)
    private let state = Mutex(State())
    /// As the real one: no cancelling returns while the request's sink is being called.
    private let calling = Mutex(())

    private struct State {
        var next: UInt64 = 0
        var waiting: [UInt64: Held] = [:]
        var cancelled: [UInt64] = []
        var emitted: [String] = []
    }

    /// Unchecked: pointers of the kit, which may be used from any thread.
    private struct Held: @unchecked Sendable { let sink: pb_http_sink }

    init() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        tables.initialize(
            to: pb_http_v1(
                context: context,
                start: { context, _, sink, _ in FakeHost.of(context).start(sink) },
                cancel: { context, number in FakeHost.of(context).drop(number) }
            )
        )
        native.initialize(
            to: pb_host(
                abi: UInt32(PB_ABI),
                size: UInt32(MemoryLayout<pb_host>.size),
                context: context,
                service: { context, id in
                    guard let id, String(cString: id) == "patchbay.http/1" else { return nil }
                    return UnsafeRawPointer(FakeHost.of(context).tables)
                }
            )
        )
    }

    deinit {
        tables.deallocate()
        native.deallocate()
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> FakeHost {
        Unmanaged<FakeHost>.fromOpaque(context!).takeUnretainedValue()
    }

    var host: Host { Host(UnsafePointer(native)) }

    /// The way out of a stream.
    var sink: Sink {
        Sink(
            pb_sink(
                context: Unmanaged.passUnretained(self).toOpaque(),
                emit: { context, frame in FakeHost.of(context).note(frame!.pointee) },
                fail: { context, _ in FakeHost.of(context).state.withLock { $0.emitted.append("failed") } }
            )
        )
    }

    var emitted: [String] { state.withLock(\.emitted) }
    var cancelled: [UInt64] { state.withLock(\.cancelled) }
    /// Numbers of requests that have no answer yet.
    var waiting: [UInt64] { state.withLock { $0.waiting.keys.sorted() } }

    /// Completes a request.
    func answer(_ number: UInt64) {
        calling.withLock { _ in
            guard let sink = state.withLock({ $0.waiting.removeValue(forKey: number) })?.sink else { return }
            sink.done(sink.context, nil)
        }
    }

    private func start(_ sink: UnsafePointer<pb_http_sink>?) -> UInt64 {
        let held = sink.map { Held(sink: $0.pointee) }
        return state.withLock { state in
            state.next += 1
            state.waiting[state.next] = held
            return state.next
        }
    }

    private func drop(_ number: UInt64) {
        calling.withLock { _ in
            state.withLock { state in
                if state.waiting.removeValue(forKey: number) != nil { state.cancelled.append(number) }
            }
        }
    }

    private func note(_ frame: pb_frame) {
        let text =
            switch frame.type {
            case UInt32(PB_FRAME_DONE): "done \(frame.item)"
            case UInt32(PB_FRAME_END): "end"
            default: "frame \(frame.item)"
            }
        state.withLock { $0.emitted.append(text) }
    }
}
