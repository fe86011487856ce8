import Core
import JSONKit
import Jobs
import Store

/// privacy.*
struct PrivacyMethods: Sendable {
    let services: Services

    var methods: [Method] { [.slow("privacy.erase", erase)] }

    private func erase(_ parameters: Parameters) async throws(Failure) -> JSON {
        let subject: DataSubject
        do { subject = try DataSubject(parameters.string("subject")) } catch { throw Failure(error) }
        do throws(StoreError) {
            if case .call(let call) = subject, try await services.store.log.read(after: 0, key: call, limit: 1).isEmpty
            {
                throw .notFound("the call \(call)")
            }
            let (key, input) = try await ErasureWork.wanted(subject, services.store.documents)
            return try await services.jobs.want(key, input: input).json
        } catch { throw Failure(error) }
    }
}
