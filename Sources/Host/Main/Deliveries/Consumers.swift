import Campaigns
import Core
import Jobs
import Routes
import Store

/// Everybody who is told of events: one courier each. Those for whom there is no route get nothing until there is one.
final class Consumers: Sendable {
    private let couriers: [Courier]

    init(
        _ configuration: Configuration,
        _ store: Store,
        _ routes: RouteTable,
        _ runner: JobRunner,
        _ campaigns: CampaignKeeper,
        _ dialler: Dialler
    ) {
        let log = store.log
        let record: @Sendable (Event) -> Void = { log.append($0, completion: nil) }
        let deliveries = configuration.deliveries
        var couriers = [
            CRMConsumer(
                routes: routes,
                record: record,
                isListed: { [leads = store.leads] in (try? await leads.get($0)) != nil }
            ).courier(store),
            RecordingsConsumer(
                routes: routes,
                host: configuration.store.name == "postgres" ? deliveries.host : nil
            ).courier(store),
            EventsConsumer(routes: routes, host: deliveries.host, topics: deliveries.topics).courier(store),
            dialler.book.courier(),
            JobsConsumer(runner: runner, routes: routes, configuration: configuration.jobs).courier(store),
            CampaignsConsumer(keeper: campaigns).courier(store),
        ]
        if deliveries.loadsFromLog {
            couriers.append(WarehouseConsumer(routes: routes, host: deliveries.host).courier(store))
        }
        if configuration.recordings.retentionDays > 0 {
            let days = configuration.recordings.retentionDays
            couriers.append(RetentionConsumer(routes: routes, days: days).courier(store))
        }
        self.couriers = couriers
    }

    func start() { for courier in couriers { courier.start() } }

    /// Tries once more what waits, then ends; after `limit` in any case: the next start goes on where this one stopped.
    func stop(within limit: Duration) async {
        let couriers = couriers
        let (endings, ending) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let last = Task {
            await withTaskGroup(of: Void.self) { group in
                for courier in couriers {
                    group.addTask {
                        await courier.stop()
                        try? await courier.drain()
                    }
                }
            }
            ending.yield()
        }
        let clock = Task { if (try? await Task.sleep(for: limit)) != nil { ending.yield() } }
        var iterator = endings.makeAsyncIterator()
        await iterator.next()
        clock.cancel()
        last.cancel()
    }
}
