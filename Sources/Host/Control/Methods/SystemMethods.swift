import Core
import Glibc
import JSONKit
import PluginAPI
import Store

/// system.*
struct SystemMethods: Sendable {
    let services: Services
    private let started = Timestamp.now()
    private let startedAt = Moment.now()

    init(services: Services) { self.services = services }

    var methods: [Method] {
        [
            .quick("system.info", info), .quick("system.health", health), .quick("system.drain", drain),
            .quick("system.shutdown", shutdown),
        ]
    }

    private func info(_ parameters: Parameters) throws(Failure) -> JSON {
        let system = services.system
        let uptime = (Moment.now() - startedAt).wholeMilliseconds
        return [
            "version": .string(system.version), "abi": .int(Int64(PB_ABI)), "pid": .int(Int64(getpid())),
            "started_at": .string(started.description), "uptime_s": .double(Double(uptime) / 1000),
            "state_folder": .string(system.stateFolder), "listen": .array(system.listen.map { .string($0) }),
            "public_url": .string(system.publicURL), "live_calls": .int(Int64(services.calls.count())),
            "call_limit": .int(Int64(system.callLimit)), "draining": .bool(system.isDraining()),
            "position": .int(services.store.log.lastPosition),
        ]
    }

    private func health(_ parameters: Parameters) throws(Failure) -> JSON {
        let checks = services.system.checks()
        let isWell = checks.allSatisfy(\.reason.isEmpty)
        return [
            "status": services.system.isDraining() ? "draining" : isWell ? "ok" : "degraded",
            "checks": .array(
                checks.map { check in
                    ["name": .string(check.name), "ok": .bool(check.reason.isEmpty), "reason": .string(check.reason)]
                }
            ),
        ]
    }

    private func drain(_ parameters: Parameters) throws(Failure) -> JSON {
        services.system.drain(parameters.duration("deadline_s"))
        return ["live_calls": .int(Int64(services.calls.count()))]
    }

    private func shutdown(_ parameters: Parameters, _ client: Client) throws(Failure) -> JSON {
        let deadline = parameters.duration("deadline_s")
        let shutdown = services.system.shutdown
        client.afterAnswer { shutdown(deadline) }
        return ["live_calls": .int(Int64(services.calls.count()))]
    }
}
