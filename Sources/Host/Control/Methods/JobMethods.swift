import Core
import JSONKit
import Jobs
import Store

/// job.*
struct JobMethods: Sendable {
    let services: Services

    var methods: [Method] {
        [.slow("job.list", list), .slow("job.get", get), .slow("job.run", run), .slow("job.cancel", cancel)]
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let jobs = try await services.store.jobs.list(
                kind: parameters.optionalString("kind"),
                state: parameters.optionalString("state").flatMap(Job.State.init),
                subject: parameters.optionalString("subject"),
                limit: parameters.int("limit")
            )
            return ["items": .array(jobs.map(\.json))]
        } catch { throw Failure(error) }
    }

    private func get(_ parameters: Parameters) async throws(Failure) -> JSON {
        let id = parameters.string("job_id")
        do throws(StoreError) {
            guard let job = try await services.store.jobs.get(id) else { throw StoreError.notFound("job \(id)") }
            return Self.detail(job)
        } catch { throw Failure(error) }
    }

    private func run(_ parameters: Parameters) async throws(Failure) -> JSON {
        let kind = parameters.string("kind")
        guard let work = services.jobs.works[kind] else {
            let known = services.jobs.works.keys.sorted().joined(separator: ", ")
            throw Failure(.notFound, "kind: this host does no \(kind); it does \(known)", field: "kind")
        }
        let key: Job.Key
        do {
            key = try work.key(
                subject: parameters.optionalString("subject") ?? "",
                period: parameters.optionalString("period") ?? "",
                at: .now()
            )
        } catch { throw Failure(error) }
        do { return try await services.jobs.want(key).json } catch { throw Failure(error) }
    }

    private func cancel(_ parameters: Parameters) async throws(Failure) -> JSON {
        do { return try await services.jobs.cancel(parameters.string("job_id")).json } catch { throw Failure(error) }
    }

    private static func detail(_ job: Job) -> JSON {
        var members = job.json.object ?? [:]
        members["result"] = job.result.object == nil ? [:] : job.result
        return .object(members)
    }
}
