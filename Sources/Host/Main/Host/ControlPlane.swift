import Calls
import Control
import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Routes
import Store
import Synchronization

/// The control socket of a host.
final class ControlPlane: Sendable {
    static let version = "0.1.0"

    /// On the metrics page.
    static func showVersion() {
        let labels = [("version", version)]
        Metrics.shared.gauge("patchbay_build_info", help: "1; what is running.", labels: labels).set(1)
    }

    private let server: ControlServer
    private let loop: PollLoop

    /// Serves from now on.
    init(_ host: Host) throws(StartFailure) {
        let control = host.configuration.control
        let loop = try StartFailure.wrap { () throws(IOFailure) in try PollLoop(name: "control") }
        loop.start()
        server = try StartFailure.wrap { () throws(ControlFailure) in
            let access = try Access(
                readGroups: control.readGroups,
                writeGroups: control.writeGroups,
                adminGroups: control.adminGroups
            )
            return try ControlServer(path: control.path, loop: loop, access: access, services: host.controlServices)
        }
        self.loop = loop
        server.start()
    }

    /// Closes the socket and every connection.
    func stop() {
        let loop = loop
        server.stop { loop.stop() }
    }
}

extension Host {
    /// The host as the control plane sees it.
    fileprivate var controlServices: Services {
        let (agents, handPlaced) = (agents, handPlaced)
        return Services(
            system: systemServices,
            plugins: registry,
            check: CheckRunner(program: "/proc/self/exe"),
            routes: routes,
            calls: CallDirectoryServices(calls),
            place: { wish async throws(PlacingFailure) in try await handPlaced.place(wish) },
            agents: AgentServices(
                list: { () async throws(StoreError) in try await agents.list() },
                get: { name async throws(StoreError) in try await agents.get(name) },
                put: { agent, revision async throws(StoreError) in try await agents.put(agent, ifRevision: revision) },
                delete: { name async throws(StoreError) in try await agents.delete(name) }
            ),
            store: store,
            jobs: jobs,
            campaigns: campaigns,
            sessions: sessions,
            collections: collections,
            configuration: configuration.document
        )
    }

    private var systemServices: SystemServices {
        let (readiness, log, calls, sessions) = (readiness, store.log, calls, sessions)
        let configured = configuration.limits.drain
        return SystemServices(
            version: ControlPlane.version,
            stateFolder: configuration.state,
            listen: ["\(server.host):\(server.port)"],
            publicURL: configuration.publicURL,
            callLimit: configuration.limits.calls,
            isDraining: { readiness.isDraining },
            checks: {
                let reason = log.isHealthy ? "" : "events cannot be written: is the disk full?"
                let obstacles = readiness.obstacles().joined(separator: "; ")
                return [
                    SystemServices.Check("event_log", reason: reason), SystemServices.Check("calls", reason: obstacles),
                    SystemServices.Check("sessions", reason: sessions.problem ?? ""),
                ]
            },
            drain: { limit in
                // Once more, with another time, is fine: the shorter one counts.
                if readiness.drain() {
                    let data: JSON = ["calls": .int(Int64(calls.count))]
                    log.append(Event(.hostDraining, key: "host", data: data), completion: nil)
                }
                Task { await calls.drain(within: limit ?? configured) }
            },
            shutdown: { limit in
                if let limit { self.drainLimit.withLock { $0 = limit } }
                // The same way out as for an operator's signal.
                kill(getpid(), SIGTERM)
            }
        )
    }

    /// Routes that were set over the control plane win over those of the configuration.
    func restoreRoutes() async throws(StartFailure) {
        let documents: [Document]
        do { documents = try await store.documents.list(Services.routeDocuments) } catch {
            throw StartFailure("\(error)")
        }
        for document in documents {
            do { routes.set(try Route(document.body)) } catch {
                let fields: JSONObject = ["route": .string(document.name), "reason": .string("\(error)")]
                Log("routes").error("a stored route is refused", fields)
            }
        }
    }
}
