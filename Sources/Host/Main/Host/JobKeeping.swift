import Core
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
            ],
            settings: settings,
            host: configuration.deliveries.host
        )
    }
}
