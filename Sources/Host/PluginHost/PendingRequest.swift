import Core
import Glibc
import IO
import PluginAPI

/// One HTTP request of a plugin, handed back through its C sink.
///
/// Unchecked: `number` is set before anything can arrive, the rest is constant.
final class PendingRequest: HTTPClientHandler, @unchecked Sendable {
    private let call = PendingCall()
    private let sink: pb_http_sink
    private let clock: ClockWatch
    private let onDone: @Sendable () -> Void
    var number: UInt64 = 0

    init(_ sink: pb_http_sink, clock: ClockWatch, onDone: @escaping @Sendable () -> Void) {
        (self.sink, self.clock, self.onDone) = (sink, clock, onDone)
    }

    func cancel(_ client: HTTPClient) {
        call.cancel()
        client.cancel(number)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        clock.see(headers)
        call.run {
            // One buffer for all texts, so that the views into it need no allocation each.
            var bytes: [UInt8] = []
            var ranges: [(Int, Int, Int)] = []
            for (name, value) in headers {
                let start = bytes.count
                bytes += name.utf8
                let middle = bytes.count
                bytes += value.utf8
                ranges.append((start, middle, bytes.count))
            }
            bytes.withUnsafeBytes { buffer in
                let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
                let views = ranges.map { start, middle, end in
                    pb_header(
                        name: pb_text(bytes: base.map { $0 + start }, length: UInt64(middle - start)),
                        value: pb_text(bytes: base.map { $0 + middle }, length: UInt64(end - middle))
                    )
                }
                sink.head?(sink.context, UInt32(status), views, UInt64(views.count))
            }
        }
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        call.run { sink.body?(sink.context, bytes.baseAddress, UInt64(bytes.count)) }
    }

    func done(_ failure: IOFailure?) {
        call.run {
            guard let failure else {
                sink.done?(sink.context, nil)
                return
            }
            var error = pb_error(failure)
            sink.done?(sink.context, &error)
        }
        onDone()
    }
}

extension pb_error {
    init(_ failure: IOFailure) {
        switch failure {
        case .timedOut: self.init(Int32(PB_ERROR_TIMEOUT), isRetryable: true, failure.description)
        case .malformed: self.init(Int32(PB_ERROR_PROTOCOL), isRetryable: false, failure.description)
        default: self.init(Int32(PB_ERROR_UNAVAILABLE), isRetryable: true, failure.description)
        }
    }

    init(_ code: Int32, isRetryable: Bool, _ text: String) {
        self.init()
        self.code = code
        retryable = isRetryable ? 1 : 0
        let bytes = Array(text.utf8.prefix(Int(PB_ERROR_TEXT)))
        message_length = UInt32(bytes.count)
        withUnsafeMutableBytes(of: &message) { $0.copyBytes(from: bytes) }
    }
}
