import Core
import JSONKit
import Jobs
import Routes
import Store

/// The jobs that a host does.
enum JobKeeping {
    static func runner(_ configuration: Configuration, _ store: Store, _ routes: RouteTable, _ loop: any EventLoop)
        -> JobRunner
    {
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
                DailyWork(
                    store,
                    jobs.zone,
                    warehouse(configuration, routes),
                    settings: settings,
                    rescores: jobs.afterCall.contains("scoring")
                ),
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
