import Campaigns
import Core
import JSONKit
import Jobs
import Routes
import Store
import Synchronization

/// `import`: leads from a file or from the customer database, into the list that is the job's subject.
struct LeadImportWork: JobWork {
    let kind = LeadImportOrder.kind
    let store: Store
    let routes: RouteTable
    let plan: NumberPlan

    /// Only `lead.import` knows what is to be imported.
    func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard !subject.isEmpty, !period.isEmpty else {
            throw FieldError(path: "period", problem: "must name an import that was asked for before; use lead.import")
        }
        return Job.Key(kind, subject, period: period)
    }

    func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        let order: LeadImportOrder
        do throws(FieldError) { order = try LeadImportOrder(job.input) } catch {
            throw JobFailure("\(error)", isRetryable: false)
        }
        var result: JSONObject
        do throws(LeadImportFailure) {
            result = try await tally(order, job, report).json.object ?? [:]
        } catch { throw JobFailure(error.message, isRetryable: error.isRetryable) }
        let event = Event(.leadsImported, key: order.list, data: .object(result), id: job.eventID("imported"))
        if let source = order.source, result["refused"] != 0 { result["refused_path"] = .string(source.refusedPath) }
        return JobOutcome(.object(result), events: [event])
    }

    private func tally(
        _ order: LeadImportOrder,
        _ job: Job,
        _ report: JobReport
    ) async throws(LeadImportFailure) -> LeadTally {
        guard let source = order.source else {
            let pull = LeadPull(store, routes, route: order.route, list: order.list, country: order.country, plan: plan)
            return try await pull.run { await Self.tell(report, $0, 0) }
        }
        let told = Mutex(Moment.now())
        // Another run of the same file begins at its beginning, and so does one of a job that was forgotten meanwhile.
        let name = "\(job.id)-\(job.made.unixMilliseconds)-\(job.run)"
        return try await LeadImport(store, source, name: name, plan: plan).run { done, total in
            let isTime = told.withLock { last in
                guard Moment.now() - last > .milliseconds(250) else { return false }
                last = .now()
                return true
            }
            return isTime || done == total ? await Self.tell(report, done, total) : !Task.isCancelled
        }
    }

    private static func tell(_ report: JobReport, _ done: Int, _ total: Int) async -> Bool {
        (try? await report.advanced(done, of: total, token: .null)) != nil
    }
}
