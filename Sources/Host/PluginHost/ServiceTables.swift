import Core
import Glibc
import IO
import JSONKit
import PluginAPI
import Synchronization

/// The C tables of one plugin's services; each one's context is its `PluginServices`.
struct ServiceTables {
    var log: pb_log_v1
    var clock: pb_clock_v1
    var timer: pb_timer_v1
    var secret: pb_secret_v1
    var metrics: pb_metrics_v1
    var http: pb_http_v1
    var websocket: pb_websocket_v1

    init(context: UnsafeMutableRawPointer) {
        log = pb_log_v1(context: context, write: Self.writeLog)
        clock = pb_clock_v1(
            context: context,
            monotonic_us: { _ in UInt64(Moment.now().microseconds) },
            unix_us: { _ in UInt64(Timestamp.now().unixMilliseconds) * 1000 }
        )
        timer = pb_timer_v1(context: context, start: Self.startTimer, cancel: Self.cancelTimer)
        secret = pb_secret_v1(context: context, read: Self.readSecret)
        metrics = pb_metrics_v1(context: context, count: Self.count, gauge: Self.gauge, observe: Self.observe)
        http = pb_http_v1(context: context, start: Self.startRequest, cancel: Self.cancelRequest)
        websocket = pb_websocket_v1(
            context: context,
            start: Self.startSocket,
            send: Self.sendOnSocket,
            cancel: Self.cancelSocket
        )
    }

    private static let writeLog: @convention(c) (UnsafeMutableRawPointer?, UInt32, pb_text, pb_text) -> Void = {
        guard let context = $0 else { return }
        let level = Log.Level(rawValue: Int($1)) ?? .info
        let personal = String($3)
        PluginServices.of(context).log.write(
            level,
            String($2),
            [:],
            personal.isEmpty ? [:] : ["personal": .string(personal)]
        )
    }

    // MARK: Timers

    private static let startTimer:
        @convention(c) (
            UnsafeMutableRawPointer?, UInt64, (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
            UnsafeMutableRawPointer?
        ) -> UInt64 = { context, delay, fire, argument in
            guard let context, let fire else { return 0 }
            let services = PluginServices.of(context)
            let call = PendingCall()
            let number = services.work.withLock { work in
                work.next += 1
                work.timers[work.next] = call
                return work.next
            }
            nonisolated(unsafe) let argument = argument
            services.host.after(.microseconds(Int64(clamping: delay))) {
                call.run { fire(argument) }
                _ = services.work.withLock { $0.timers.removeValue(forKey: number) }
            }
            return number
        }

    private static let cancelTimer: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Void = {
        guard let context = $0 else { return }
        let number = $1
        PluginServices.of(context).work.withLock { $0.timers.removeValue(forKey: number) }?.cancel()
    }

    // MARK: Secrets

    private static let readSecret:
        @convention(c) (UnsafeMutableRawPointer?, pb_text, UnsafeMutablePointer<CChar>?, UInt64) -> UInt64 = {
            guard let context = $0, let value = PluginServices.of(context).host.secret(String($1)) else { return 0 }
            let bytes = Array(value.utf8)
            if let buffer = $2, bytes.count <= Int($3) { memcpy(buffer, bytes, bytes.count) }
            return UInt64(bytes.count)
        }

    // MARK: Metrics

    private static let help = "A figure of a plugin."

    private static func metric(_ context: UnsafeMutableRawPointer?, _ name: pb_text) -> (
        name: String, labels: Metrics.Labels
    )? {
        guard let context else { return nil }
        let services = PluginServices.of(context)
        let name = String(name)
        guard services.allowsMetric(name) else { return nil }
        return ("patchbay_plugin_\(name)", [("plugin", services.name)])
    }

    private static let count: @convention(c) (UnsafeMutableRawPointer?, pb_text, UInt64) -> Void = {
        guard let metric = metric($0, $1) else { return }
        Metrics.shared.counter(metric.name + "_total", help: help, labels: metric.labels).add($2)
    }

    private static let gauge: @convention(c) (UnsafeMutableRawPointer?, pb_text, Double) -> Void = {
        guard let metric = metric($0, $1) else { return }
        Metrics.shared.gauge(metric.name, help: help, labels: metric.labels).set($2)
    }

    private static let observe: @convention(c) (UnsafeMutableRawPointer?, pb_text, Double) -> Void = {
        guard let metric = metric($0, $1) else { return }
        Metrics.shared.histogram(
            metric.name + "_seconds",
            help: help,
            bounds: Histogram.stageBounds,
            labels: metric.labels
        ).observe($2)
    }

    // MARK: HTTP

    private static let startRequest:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<pb_http_request>?, UnsafePointer<pb_http_sink>?,
            UnsafeMutablePointer<pb_error>?
        ) -> UInt64 = { context, request, sink, error in
            guard let context, let request, let sink else { return 0 }
            let services = PluginServices.of(context)
            let wanted = ClientRequest(request.pointee)
            guard wanted.url.hasPrefix("http://") || wanted.url.hasPrefix("https://") else {
                error?.pointee = pb_error(
                    Int32(PB_ERROR_INVALID),
                    isRetryable: false,
                    "\(wanted.url) is no http: or https: address"
                )
                return 0
            }
            return services.work.withLock { work in
                work.next += 1
                let number = work.next
                let pending = PendingRequest(sink.pointee, clock: services.clock) {
                    _ = services.work.withLock { $0.requests.removeValue(forKey: number) }
                }
                work.requests[number] = pending
                pending.number = services.host.http.start(wanted, pending)
                return number
            }
        }

    private static let cancelRequest: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Void = {
        guard let context = $0 else { return }
        let number = $1
        let services = PluginServices.of(context)
        services.work.withLock { $0.requests.removeValue(forKey: number) }?.cancel(services.host.http)
    }
}

extension ClientRequest {
    /// Copies what C lends.
    init(_ native: pb_http_request) {
        var headers: [(name: String, value: String)] = []
        for index in 0..<Int(native.header_count) {
            guard let header = native.headers?[index] else { break }
            headers.append((String(header.name), String(header.value)))
        }
        let body = UnsafeRawBufferPointer(
            start: native.body.bytes,
            count: native.body.bytes == nil ? 0 : Int(native.body.length)
        )
        self.init(String(native.method), String(native.url), headers: headers, body: Array(body))
        if native.connect_ms > 0 { connectTimeout = .milliseconds(Int64(native.connect_ms)) }
        if native.idle_ms > 0 { idleTimeout = .milliseconds(Int64(native.idle_ms)) }
        if native.total_ms > 0 { totalTimeout = .milliseconds(Int64(native.total_ms)) }
    }
}
