import Core
import JSONKit
public import Routes
public import Store

/// Brings new and changed leads of the customer database into a list, page by page. Where it goes on is committed with each
/// page.
public struct LeadPull: Sendable {
    /// The documents that tell where the next pull begins.
    static let marks = "lead_pulls"
    private static let page = 100

    private let store: Store
    private let list: String
    private let country: String
    private let plan: NumberPlan
    private let ask: @Sendable (JSON) async throws(RouteFailure) -> [Answer]
    private let now: @Sendable () -> Timestamp

    public init(
        _ store: Store,
        _ routes: RouteTable,
        route: String? = nil,
        list: String,
        country: String = "",
        plan: NumberPlan = .shipped
    ) {
        self.init(store, list: list, country: country, plan: plan, now: { .now() }) {
            request async throws(RouteFailure) in
            try await routes.ask(.crm, route: route, .json(request), within: .seconds(60))
        }
    }

    /// `ask` puts a question to the customer database.
    init(
        _ store: Store,
        list: String,
        country: String,
        plan: NumberPlan,
        now: @escaping @Sendable () -> Timestamp,
        ask: @escaping @Sendable (JSON) async throws(RouteFailure) -> [Answer]
    ) {
        (self.store, self.list, self.country, self.plan) = (store, list, country, plan)
        (self.now, self.ask) = (now, ask)
    }

    /// Pulls until nothing is new. `report` gets the leads so far; where it answers false, nobody wants them any more.
    public func run(_ report: (Int) async -> Bool) async throws(LeadImportFailure) -> LeadTally {
        var (mark, tally, count) = (try await self.mark(), LeadTally(), 0)
        while true {
            let cursor = mark?["cursor"]?.string ?? ""
            let (leads, next) = try await page(behind: cursor)
            guard !leads.isEmpty || next != cursor else { return tally }
            count += leads.count
            tally = try await commit(leads, next, was: mark, tally)
            guard await report(count) else { throw LeadImportFailure("the import was ended", isRetryable: true) }
            guard !leads.isEmpty, next != cursor else { return tally }
            mark = ["cursor": .string(next)]
        }
    }

    private func mark() async throws(LeadImportFailure) -> JSON? {
        do throws(StoreError) { return try await store.documents.get(Self.marks, list)?.body } catch {
            throw LeadImportFailure("\(error)", isRetryable: true)
        }
    }

    private func page(behind cursor: String) async throws(LeadImportFailure) -> (leads: [JSON], next: String) {
        let request: JSON = ["op": "leads", "cursor": .string(cursor), "limit": .int(Int64(Self.page))]
        let answers: [Answer]
        do throws(RouteFailure) { answers = try await ask(request) } catch {
            throw LeadImportFailure(error.description, isRetryable: error.retryable)
        }
        for case .json(let answer) in answers {
            guard let leads = answer["leads"]?.array else { continue }
            // Nothing follows for now: the next pull begins where this one did.
            let next = answer["next"]?.string ?? ""
            return (leads, next.isEmpty ? cursor : next)
        }
        throw LeadImportFailure("the customer database's plugin gives no leads; see that it knows op leads")
    }

    private func commit(
        _ entries: [JSON],
        _ next: String,
        was mark: JSON?,
        _ before: LeadTally
    ) async throws(LeadImportFailure) -> LeadTally {
        var reader = LeadReader(list: list, country: country, plan: plan, now: now())
        var (leads, refused): ([Lead], Int) = ([], 0)
        for entry in entries {
            do throws(FieldError) { leads.append(try reader.read(entry.object ?? [:])) } catch {
                refused += 1
                let fields: JSONObject = [
                    "lead": .string(entry["external_id"]?.string ?? ""), "reason": .string(error.description),
                ]
                Log("leads").warning("a lead of the customer database is refused", fields)
            }
        }
        let after = LeadTable.Mark(Self.marks, list, was: mark) { _ in ["cursor": .string(next)] }
        do throws(StoreError) {
            var tally = before
            tally.add(try await store.leads.add(leads, mark: after, update: true), refused: refused)
            return tally
        } catch { throw LeadImportFailure("\(error)", isRetryable: true) }
    }
}
