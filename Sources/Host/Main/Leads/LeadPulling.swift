import Campaigns
import Core
import JSONKit
import Jobs
import Store
import Synchronization

/// Asks for imports from the CRM as often as the configuration says. Of several hosts one is enough: the same minute is the
/// same job.
final class LeadPulling: Sendable {
    private let entries: [Configuration.LeadPullEntry]
    private let jobs: JobRunner
    private let table: JobTable
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ entries: [Configuration.LeadPullEntry], _ jobs: JobRunner, _ table: JobTable) {
        (self.entries, self.jobs, self.table) = (entries, jobs, table)
    }

    func start() {
        guard !entries.isEmpty else { return }
        task.withLock { task in
            task = Task {
                while !Task.isCancelled {
                    do throws(StoreError) { try await round(at: .now()) } catch {
                        Log("leads").warning("the CRM is not asked for leads", ["reason": .string("\(error)")])
                    }
                    try? await Task.sleep(for: .seconds(10))
                }
            }
        }
    }

    func stop() { task.withLock { $0 }?.cancel() }

    /// Queues what is due. While one waits, no second one is queued for the same list.
    func round(at now: Timestamp) async throws(StoreError) {
        for entry in entries {
            let period = Int64(entry.everyMinutes) * 60_000
            let order = LeadImportOrder(
                list: entry.list,
                country: entry.country,
                route: entry.route,
                period: "-\(now.unixMilliseconds / period * period / 60_000)"
            )
            guard try await table.get(order.key.id) == nil else { continue }
            let kind = LeadImportOrder.kind
            guard try await table.list(kind: kind, state: .queued, subject: entry.list, limit: 1).isEmpty else {
                continue
            }
            try await jobs.add([(order.key, order.json)])
        }
    }
}
