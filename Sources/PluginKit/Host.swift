import PluginAPI

/// What the host offers. Any thread.
public struct Host: @unchecked Sendable {
    // Unchecked: constant tables of the host, valid until the plugin is gone.
    private let log: UnsafePointer<pb_log_v1>?
    private let clock: UnsafePointer<pb_clock_v1>?
    private let timer: UnsafePointer<pb_timer_v1>?
    private let secrets: UnsafePointer<pb_secret_v1>?
    private let metrics: UnsafePointer<pb_metrics_v1>?
    let http: UnsafePointer<pb_http_v1>?
    let websocket: UnsafePointer<pb_websocket_v1>?
    let receivers = WaitingReceivers()
    let listeners = WaitingListeners()

    init(_ native: UnsafePointer<pb_host>) {
        func service<Table>(_ id: String, _ type: Table.Type) -> UnsafePointer<Table>? {
            native.pointee.service(native.pointee.context, id)?.assumingMemoryBound(to: type)
        }
        log = service("patchbay.log/1", pb_log_v1.self)
        clock = service("patchbay.clock/1", pb_clock_v1.self)
        timer = service("patchbay.timer/1", pb_timer_v1.self)
        secrets = service("patchbay.secret/1", pb_secret_v1.self)
        metrics = service("patchbay.metrics/1", pb_metrics_v1.self)
        http = service("patchbay.http/1", pb_http_v1.self)
        websocket = service("patchbay.websocket/1", pb_websocket_v1.self)
    }

    public enum Level: UInt32, Sendable { case debug, info, warning, error }

    /// One line in the host's log. What callers say and secrets belong in `personal`, if anywhere.
    public func log(_ level: Level, _ message: String, personal: String = "") {
        guard let log else { return }
        message.lend { message in
            personal.lend { log.pointee.write(log.pointee.context, level.rawValue, message, $0) }
        }
    }

    /// Microseconds that never go back.
    public var monotonicMicroseconds: UInt64 { clock.map { $0.pointee.monotonic_us($0.pointee.context) } ?? 0 }

    /// Microseconds since 1970, UTC.
    public var unixMicroseconds: UInt64 { clock.map { $0.pointee.unix_us($0.pointee.context) } ?? 0 }

    /// An API key by name; nil if the host has none. Do not keep it.
    public func secret(_ name: String) -> String? {
        guard let secrets else { return nil }
        return name.lend { name in
            var buffer = [CChar](repeating: 0, count: 4096)
            var length = Int(secrets.pointee.read(secrets.pointee.context, name, &buffer, UInt64(buffer.count)))
            // A file with a key in it may be longer.
            if length > buffer.count, length <= Self.longestSecret {
                buffer = [CChar](repeating: 0, count: length)
                length = Int(secrets.pointee.read(secrets.pointee.context, name, &buffer, UInt64(length)))
            }
            guard length > 0, length <= buffer.count else { return nil }
            return buffer.withUnsafeBytes { String(decoding: $0.prefix(length), as: UTF8.self) }
        }
    }

    private static let longestSecret = 65536

    /// Adds to a number that only grows.
    public func count(_ name: String, by amount: UInt64 = 1) {
        guard let metrics else { return }
        name.lend { metrics.pointee.count(metrics.pointee.context, $0, amount) }
    }

    /// Sets a number that goes up and down.
    public func gauge(_ name: String, _ value: Double) {
        guard let metrics else { return }
        name.lend { metrics.pointee.gauge(metrics.pointee.context, $0, value) }
    }

    /// Adds one measurement to a histogram.
    public func observe(_ name: String, seconds: Double) {
        guard let metrics else { return }
        name.lend { metrics.pointee.observe(metrics.pointee.context, $0, seconds) }
    }

    /// Runs `body` once after a delay, on the host's service loop, where it must not block.
    public func after(microseconds: UInt64, _ body: @escaping @Sendable () -> Void) {
        guard let timer else { return }
        let argument = Unmanaged.passRetained(TimerBody(body)).toOpaque()
        _ = timer.pointee.start(
            timer.pointee.context,
            microseconds,
            { argument in
                guard let argument else { return }
                Unmanaged<TimerBody>.fromOpaque(argument).takeRetainedValue().body()
            },
            argument
        )
    }
}

private final class TimerBody {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

extension String {
    /// The text as C takes it, for the length of the call.
    func lend<Result>(_ body: (pb_text) -> Result) -> Result {
        var text = self
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body(pb_text(bytes: $0.baseAddress, length: UInt64($0.count))) }
        }
    }

    /// A text that C lends.
    init(_ text: pb_text) {
        self.init(
            decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.bytes == nil ? 0 : Int(text.length)),
            as: UTF8.self
        )
    }
}
