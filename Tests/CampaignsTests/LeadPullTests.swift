import Core
import JSONKit
import Routes
import Store
import Synchronization
import Testing

@testable import Campaigns

@Suite(.serialized) struct LeadPullTests {
    /// A customer database whose leads are given out two at a time.
    private final class Desk: Sendable {
        let leads = Mutex<[JSON]>([])
        let cursors = Mutex<[String]>([])

        func add(_ number: Int, name: String) {
            let lead: JSON = [
                "external_id": .string("crm-\(number)"), "phone": .string(LeadBench.number(number)),
                "name": .string(name), "metadata": ["plan": "b"],
            ]
            leads.withLock { $0.append(lead) }
        }

        func answer(_ request: JSON) -> JSON {
            let cursor = request["cursor"]?.string ?? ""
            cursors.withLock { $0.append(cursor) }
            let all = leads.withLock { $0 }
            let page = Array(all.dropFirst(Int(cursor) ?? 0).prefix(2))
            let next = (Int(cursor) ?? 0) + page.count
            return ["leads": .array(page), "next": .string(page.isEmpty ? "" : "\(next)")]
        }
    }

    private func pull(_ bench: LeadBench, _ desk: Desk, until leads: Int = .max) async throws -> LeadTally {
        let pull = LeadPull(bench.store, list: "l", country: "US", plan: .shipped, now: { LeadBench.now }) { request in
            [.json(desk.answer(request))]
        }
        return try await pull.run { $0 < leads }
    }

    @Test func `what is new or has changed comes, from where the last pull ended`() async throws {
        let (bench, desk) = (try LeadBench(), Desk())
        for number in 0..<5 { desk.add(number, name: "Ann") }
        desk.leads.withLock { $0.append(["external_id": "x", "phone": "nothing"]) }
        let first = try await pull(bench, desk)
        #expect(first.taken == 5 && first.refused == 1)
        let lead = try #require(try await bench.store.leads.list(LeadFilter(externalID: "crm-3")).first)
        #expect(lead.number == LeadBench.number(3) && lead.name == "Ann" && lead.fields == ["plan": "b"])
        #expect(try await pull(bench, desk) == LeadTally())
        desk.add(3, name: "Anna")
        desk.add(7, name: "Bob")
        let second = try await pull(bench, desk)
        #expect(second.taken == 1 && second.updated == 1)
        #expect(try await bench.store.leads.get(lead.id)?.name == "Anna")
        #expect(desk.cursors.withLock { $0 } == ["", "2", "4", "6", "6", "6", "8"])
    }

    @Test func `a pull that ends early goes on behind its last page`() async throws {
        let (bench, desk) = (try LeadBench(), Desk())
        for number in 0..<6 { desk.add(number, name: "Ann") }
        await #expect(throws: LeadImportFailure.self) { try await pull(bench, desk, until: 3) }
        #expect(try await pull(bench, desk).taken == 2)
        #expect(try await bench.store.leads.list().count == 6)
    }

    @Test func `a plugin that knows no leads is named`() async throws {
        let bench = try LeadBench()
        let pull = LeadPull(bench.store, list: "l", country: "", plan: .shipped, now: { .now() }) { _ in
            [.json(["reference": "7"])]
        }
        let failure = await #expect(throws: LeadImportFailure.self) { try await pull.run { _ in true } }
        #expect(failure?.message.contains("op leads") == true)
    }
}
