import Campaigns
import Control
import Core
import JSONKit
import Jobs
import Routes
import Store

/// The jobs that a host does.
enum JobKeeping {
    static func runner(
        _ configuration: Configuration,
        _ store: Store,
        _ routes: RouteTable,
        _ loop: any EventLoop,
        _ campaigns: CampaignServices,
        _ erasure: ErasureKeeping
    ) -> JobRunner {
        let jobs = configuration.jobs
        var settings = JobSettings()
        (settings.running, settings.queue) = (jobs.running, jobs.queue)
        settings.manner.lease = jobs.lease
        settings.keep = .seconds(86_400 * jobs.keepDays)
        return JobRunner(
            store,
            [
                ReviewWork(store.log, routes, route: jobs.reviewRoute),
                TranscriptionWork(store, routes, route: jobs.transcriptionRoute, loop: loop),
                ScoringWork(store.log),
                LeadImportWork(store: store, routes: routes, plan: campaigns.rules.plan),
                DailyWork(
                    store,
                    jobs.zone,
                    warehouse(configuration, routes),
                    settings: settings,
                    rescores: jobs.afterCall.contains("scoring"),
                    campaigns: { since async throws(JobFailure) in
                        try await JobFailure.away { () async throws(StoreError) in
                            let records = try await campaigns.keeper.list()
                            return records.filter { $0.turn > 0 && $0.updated >= since || $0.state == "running" }.map(
                                \.name
                            )
                        }
                    }
                ),
                ReportWork(jobs.zone) { name, day async throws(JobFailure) in
                    try await JobFailure.away { () async throws(StoreError) in
                        try await campaigns.reporter.keep(name, day, at: .now())
                    }
                },
                erasure.work,
            ],
            settings: settings,
            schedule: DailySchedule.seconds(jobs.dailyAt).map { DailySchedule(at: $0, jobs.zone) },
            host: configuration.deliveries.host
        )
    }

    /// Where hosts share a log, any of them may have loaded an event, and all of them count.
    private static func warehouse(_ configuration: Configuration, _ routes: RouteTable) -> DailyWarehouse {
        let host = configuration.deliveries.host
        let isShared = configuration.store.name == "postgres"
        let consumer = WarehouseConsumer(routes: routes, host: host)
        return DailyWarehouse(
            isThere: { routes.get("warehouse") != nil },
            counts: { from, to async throws(JobFailure) in
                let request: JSON = [
                    "op": "query", "name": "events", "from": .string(from.description), "to": .string(to.description),
                    "limit": 10_000,
                ]
                let answers: [Answer]
                do throws(RouteFailure) {
                    answers = try await routes.ask(.warehouse, .json(request), within: .seconds(120))
                } catch { throw JobFailure(error) }
                var counts: [String: Int] = [:]
                for case .json(let answer) in answers {
                    for row in answer["rows"]?.array ?? [] where isShared || row[1]?.string == host {
                        counts[row[0]?.string ?? "", default: 0] += Int(row[2]?.int ?? 0)
                    }
                }
                return counts
            },
            load: { batch async throws(JobFailure) in
                do throws(DeliveryFailure) {
                    let again = "-\(Timestamp.now().unixMilliseconds)"
                    _ = try await consumer.load(batch.map { $0.envelope(host: host) }, again: again)
                } catch {
                    throw JobFailure(error.message, isRetryable: error.isRetryable, retryAfter: error.retryAfter)
                }
            }
        )
    }
}

extension JobFailure {
    /// What a store refuses may pass, but for what it does not have.
    fileprivate static func away<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(JobFailure) -> Value {
        do throws(StoreError) { return try await body() } catch {
            if case .notFound = error { throw JobFailure("\(error)", isRetryable: false) }
            throw JobFailure("\(error)", isRetryable: true)
        }
    }
}
