import Core
import Glibc
import IO
import PluginAPI
import Synchronization

/// The service tables that one plugin instance sees; its name is known to them.
///
/// Unchecked: the tables are constant, the rest is behind locks. It outlives the instance's `destroy`.
final class PluginServices: @unchecked Sendable {
    let name: String
    let host: HostServices
    let log: Log
    let clock: ClockWatch
    private let storage: UnsafeMutablePointer<ServiceTables>
    private let hostTable: UnsafeMutablePointer<pb_host>
    private let metrics = Mutex<Set<String>>([])
    let work = Mutex(Work())

    /// What the plugin has under way.
    struct Work {
        var next: UInt64 = 0
        var timers: [UInt64: PendingCall] = [:]
        var requests: [UInt64: PendingRequest] = [:]
        var sockets: [UInt64: PendingSocket] = [:]
    }

    private static let metricsBound = 32

    var table: UnsafePointer<pb_host> { UnsafePointer(hostTable) }

    init(plugin: String, host: HostServices) {
        (name, self.host) = (plugin, host)
        log = Log(plugin)
        clock = ClockWatch(plugin: plugin)
        storage = .allocate(capacity: 1)
        hostTable = .allocate(capacity: 1)
        let context = Unmanaged.passUnretained(self).toOpaque()
        storage.initialize(to: ServiceTables(context: context))
        hostTable.initialize(
            to: pb_host(
                abi: UInt32(PB_ABI),
                size: UInt32(MemoryLayout<pb_host>.size),
                context: context,
                service: { context, id in
                    guard let context, let id else { return nil }
                    return PluginServices.of(context).find(String(cString: id))
                }
            )
        )
    }

    deinit {
        storage.deallocate()
        hostTable.deallocate()
    }

    static func of(_ context: UnsafeMutableRawPointer) -> PluginServices {
        Unmanaged<PluginServices>.fromOpaque(context).takeUnretainedValue()
    }

    /// After the plugin's `destroy`: nothing calls back into it any more.
    func invalidate() {
        let (timers, requests, sockets) = work.withLock { work in
            defer { work = Work() }
            return (Array(work.timers.values), Array(work.requests.values), Array(work.sockets.values))
        }
        for socket in sockets { socket.cancel() }
        for timer in timers { timer.cancel() }
        for request in requests { request.cancel(host.http) }
    }

    private func find(_ id: String) -> UnsafeRawPointer? {
        switch id {
        case "patchbay.log/1": pointer(\.log)
        case "patchbay.clock/1": pointer(\.clock)
        case "patchbay.timer/1": pointer(\.timer)
        case "patchbay.secret/1": pointer(\.secret)
        case "patchbay.metrics/1": pointer(\.metrics)
        case "patchbay.http/1": pointer(\.http)
        case "patchbay.websocket/1": pointer(\.websocket)
        default: nil
        }
    }

    private func pointer<Table>(_ path: KeyPath<ServiceTables, Table>) -> UnsafeRawPointer? {
        MemoryLayout<ServiceTables>.offset(of: path).map { UnsafeRawPointer(storage) + $0 }
    }

    /// Whether the plugin may use a metric of this name; at most 32 different ones.
    func allowsMetric(_ name: String) -> Bool {
        let isPlain =
            !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "_")
            }
        guard isPlain else { return false }
        return metrics.withLock { known in
            guard !known.contains(name) else { return true }
            guard known.count < Self.metricsBound else { return false }
            known.insert(name)
            return true
        }
    }
}
