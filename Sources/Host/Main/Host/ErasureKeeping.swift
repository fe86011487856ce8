import Calls
import Core
import Glibc
import JSONKit
import Jobs
import Knowledge
import PluginHost
import Routes
import Store

/// Where this host keeps something about persons, for `privacy.erase`. Whatever keeps more of them gets a place here.
struct ErasureKeeping: Sendable {
    let configuration: Configuration
    let store: Store
    let routes: RouteTable
    let registry: Registry
    let sessions: any Sessions
    let collections: Collections
    let recordings: String

    /// Keys in one question to a warehouse or a CRM.
    private static let keysAtOnce = 500
    /// A batch that was read before the events were blanked has reached the warehouse by then, or never will.
    private static let inFlight: Duration = .seconds(130)

    var work: ErasureWork {
        // Recordings may lie on other hosts: theirs look once more, and remove them.
        ErasureWork(
            store,
            [
                ErasurePlace("sessions", eraseSessions), ErasurePlace("files", eraseFiles),
                ErasurePlace("blobs", eraseBlobs), ErasurePlace("collections", eraseCollections),
                ErasurePlace("leads", eraseLeads), ErasurePlace("placed_calls", erasePlacedCalls),
                ErasurePlace("warehouse", eraseWarehouse), ErasurePlace("crm", eraseCRM),
                ErasurePlace("broker", tellBroker),
            ],
            removers: ["recordings"]
        )
    }

    private func eraseSessions(_ traces: Traces) async throws(JobFailure) -> JSON {
        do throws(StoreError) {
            let calls = traces.calls.map { CallID($0) }
            let count = try await sessions.erase(calls, carrierCallIDs: traces.carrierCalls)
            return ["erased": .int(Int64(count))]
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    /// Recordings on this host's disk, also of calls that ended before their recording was told of.
    private func eraseFiles(_ traces: Traces) async throws(JobFailure) -> JSON {
        let calls = Set(traces.calls)
        let left = Files.entries(of: recordings).filter { calls.contains(String($0.prefix { $0 != "." })) }
        var count: Int64 = 0
        for path in Set(left.map { "\(recordings)/\($0)" } + traces.recordings.map(\.file)) where !path.isEmpty {
            if unlink(path) == 0 {
                count += 1
            } else if errno != ENOENT {
                throw JobFailure("\(path): \(Files.lastError())", isRetryable: true)
            }
        }
        return ["erased": .int(count)]
    }

    private func eraseBlobs(_ traces: Traces) async throws(JobFailure) -> JSON {
        var count: Int64 = 0
        for recording in traces.recordings where !recording.blob.isEmpty && routes.get(recording.route) != nil {
            var isRemoved = false
            do throws(RouteFailure) {
                isRemoved = try await RecordingStore.remove(key: recording.blob, route: recording.route, routes)
            } catch { throw JobFailure(error) }
            if isRemoved { count += 1 }
            let fact = Event(
                .recordingDeleted,
                key: recording.call,
                data: ["blob": .string(recording.blob), "deleted": .bool(isRemoved), "reason": "erasure"],
                id: EventID("\(recording.event)_deleted")
            )
            do throws(StoreError) { _ = try await store.log.append(known: [fact]) } catch {
                throw JobFailure("\(error)", isRetryable: true)
            }
        }
        return ["erased": .int(count)]
    }

    private func eraseCollections(_ traces: Traces) async throws(JobFailure) -> JSON {
        do throws(KnowledgeError) {
            let keys = Set(traces.calls + traces.leads + [traces.number]).subtracting([""])
            return ["erased": .int(Int64(try await collections.erase(keys: keys)))]
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    /// Who is on a list, and whom attempts were to. Of the number a digest stays, so that it is not called again.
    private func eraseLeads(_ traces: Traces) async throws(JobFailure) -> JSON {
        guard !traces.number.isEmpty else { return ["erased": 0] }
        do throws(StoreError) {
            let erased = try await store.leads.erase(number: traces.number, at: .now())
            guard erased.live == 0 else {
                throw StoreError.refused("somebody is being called; the rest is erased when that is over")
            }
            return [
                "erased": .int(Int64(erased.leads.count)), "attempts": .int(Int64(erased.attempts.count)),
                "suppressions": .int(Int64(erased.suppressions)),
            ]
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    /// What operators have had called by hand.
    private func erasePlacedCalls(_ traces: Traces) async throws(JobFailure) -> JSON {
        do throws(StoreError) {
            let count = try await HandPlacedCalls.erase(
                store.documents,
                to: traces.number,
                carrierCalls: traces.carrierCalls
            )
            return ["erased": .int(Int64(count))]
        } catch { throw JobFailure("\(error)", isRetryable: true) }
    }

    private func eraseWarehouse(_ traces: Traces) async throws(JobFailure) -> JSON {
        guard let route = routes.get("warehouse") else { return ["erased": 0] }
        if configuration.deliveries.loadsFromLog { try await awaitLoading(traces) }
        var outcome: JSONObject = ["erased": .int(try await erase(traces.keys, "calls", route))]
        if !configuration.deliveries.loadsFromLog {
            outcome["later"] =
                "what still waits at the broker is loaded after this; ask again when the loader has no lag"
        }
        return .object(outcome)
    }

    /// What the courier had read before the events were blanked must not be loaded behind the erasure.
    private func awaitLoading(_ traces: Traces) async throws(JobFailure) {
        let age = Duration.milliseconds(Timestamp.now().unixMilliseconds - traces.blankedAt)
        guard age < Self.inFlight else { return }
        let end = Moment.now() + min(.seconds(10), Self.inFlight - age)
        while try await !isLoaded(upTo: traces.lastPosition) {
            guard Moment.now() < end, (try? await Task.sleep(for: .milliseconds(50))) != nil else {
                throw JobFailure("the warehouse is still being loaded", isRetryable: true)
            }
        }
    }

    private func isLoaded(upTo position: Int64) async throws(JobFailure) -> Bool {
        do throws(StoreError) { return try await store.deliveries.hasPassed("warehouse", position) } catch {
            throw JobFailure("\(error)", isRetryable: true)
        }
    }

    /// A CRM whose plugin can erase does so; the others have what they were brought.
    private func eraseCRM(_ traces: Traces) async throws(JobFailure) -> JSON {
        guard let route = routes.get("crm") else { return ["erased": 0] }
        let able = route.steps.filter { (try? registry.schema($0.plugin))?["x-erases"]?.bool == true }
        let unable = route.steps.map(\.plugin).filter { plugin in !able.contains { $0.plugin == plugin } }
        var outcome: JSONObject = ["erased": 0]
        if !able.isEmpty, let route = try? Route(name: route.name, kind: .crm, steps: able) {
            outcome["erased"] = .int(try await erase(traces.calls + traces.leads, "keys", route))
        }
        if !unable.isEmpty, !traces.references.isEmpty {
            outcome["out_of_reach"] = .array(unable.map { .string($0) })
            outcome["references"] = .array(traces.references.prefix(100).map { .string($0) })
        }
        return .object(outcome)
    }

    private func erase(_ keys: [String], _ name: String, _ route: Route) async throws(JobFailure) -> Int64 {
        var count: Int64 = 0
        for start in stride(from: 0, to: keys.count, by: Self.keysAtOnce) {
            let some = keys[start..<min(start + Self.keysAtOnce, keys.count)]
            let request: JSON = ["op": "erase", name: .array(some.map { .string($0) })]
            do throws(RouteFailure) {
                for case .json(let answer) in try await routes.askEach(of: route, .json(request), within: .seconds(120))
                {
                    count += answer["erased"]?.int ?? 0
                }
            } catch { throw JobFailure(error) }
        }
        return count
    }

    /// What a broker was brought is with whoever reads it.
    private func tellBroker(_ traces: Traces) async throws(JobFailure) -> JSON {
        guard let route = routes.get("events") else { return ["erased": 0] }
        return ["erased": 0, "out_of_reach": .array(route.steps.map { .string($0.plugin) })]
    }
}
