import Core
import JSONKit
import Routes
import Store
import WarehouseKit

/// Loads events into the warehouse behind the warehouse route.
struct WarehouseConsumer: Sendable {
    let routes: RouteTable
    let host: String

    /// A warehouse that has not loaded a batch by then is asked again; the rows' event ids keep them from standing twice.
    private static let limit: Duration = .seconds(120)

    func courier(_ store: Store) -> Courier {
        let routes = routes
        return Courier(
            "warehouse",
            store: store,
            manner: CourierManner(.inOrder, batch: 1000),
            while: { routes.get("warehouse") != nil }
        ) {
            batch throws(DeliveryFailure) in
            try await load(batch.map { $0.envelope(host: host) })
        }
    }

    /// Loads a batch. A row that cannot be loaded is found by halves, so that it alone is parked. A warehouse remembers batches
    /// by their names: what is gone from it comes back under a name with another `again` only.
    func load(_ envelopes: [JSON], again: String = "") async throws(DeliveryFailure) -> [DeliveryFailure?] {
        do throws(RouteFailure) {
            try await send(envelopes, again)
            return envelopes.map { _ in nil }
        } catch {
            guard error.isAboutTheRequest else {
                throw DeliveryFailure(error.message, isRetryable: true, retryAfter: error.patience)
            }
            guard envelopes.count > 1 else { return [DeliveryFailure(error.message, isRetryable: false)] }
            let middle = envelopes.count / 2
            let first = try await load(Array(envelopes[..<middle]), again: again)
            return first + (try await load(Array(envelopes[middle...]), again: again))
        }
    }

    private func send(_ envelopes: [JSON], _ again: String) async throws(RouteFailure) {
        var tables: [String: [JSON]] = [:]
        for envelope in envelopes {
            // What is no event (a topic without a key) has no rows; the log still has it.
            guard let rows = try? Rows.of(envelope) else { continue }
            for (table, more) in rows { tables[table, default: []] += more }
        }
        let first = envelopes.first?["id"]?.string ?? ""
        let last = envelopes.last?["id"]?.string ?? ""
        let request: JSON = [
            "op": "load", "batch_id": .string("\(first)-\(last)-\(envelopes.count)\(again)"),
            "tables": .object(JSONObject(tables.map { ($0.key, .array($0.value)) })),
        ]
        _ = try await routes.ask(.warehouse, .json(request), within: Self.limit)
    }
}
