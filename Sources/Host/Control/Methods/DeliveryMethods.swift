import JSONKit
import Store

/// delivery.*
struct DeliveryMethods: Sendable {
    let services: Services

    var methods: [Method] { [.slow("delivery.list", list), .slow("delivery.retry", retry)] }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let deliveries = try await services.store.deliveries.list(
                consumer: parameters.optionalString("consumer"),
                state: parameters.optionalString("state").flatMap(Delivery.State.init),
                limit: parameters.int("limit")
            )
            return ["items": .array(deliveries.map(\.json))]
        } catch { throw Failure(error) }
    }

    private func retry(_ parameters: Parameters) async throws(Failure) -> JSON {
        let consumer = parameters.string("consumer")
        let positions = (parameters["positions"]?.array ?? []).compactMap(\.int)
        do throws(StoreError) {
            let count = try await services.store.deliveries.retry(consumer, positions: positions)
            return ["consumer": .string(consumer), "count": .int(Int64(count))]
        } catch { throw Failure(error) }
    }
}
