import Carrier
import Core
import Glibc
import JSONKit
import Services
import Store
import Synchronization

@testable import Campaigns

/// A campaign with a real store, real rules, and a carrier in virtual time.
final class DialScene: Sendable {
    /// A Tuesday, 14:00 in New York.
    static let start = Timestamp(parsing: "2026-11-24T19:00:00Z") ?? .now()
    private static let rules = Result { try RuleBook.shipped() }

    private final class Clock: Sendable { let time = Mutex(DialScene.start) }

    let store: Store
    let line: PracticeLine
    private let clock = Clock()
    private let courier: Courier
    private let folder: String
    private let lives = Mutex(0)

    init(
        leads: Int = 1,
        practice: Practice = Practice(),
        _ change: (inout Campaign) -> Void = { _ in }
    ) async throws {
        var template = Array("/tmp/patchbay-dial-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw StoreError.failed("no folder") }
        folder = String(cString: made)
        store = try Store(StateFolder(folder))
        let now: @Sendable () -> Timestamp = { [clock] in clock.time.withLock { $0 } }
        line = PracticeLine(practice, store.log, now: now)
        let rules = try Self.rules.get()
        courier = AttemptBook(store, rules: { rules }, now: now).courier()
        var campaign = Campaign(name: "spring", agent: "a", callerIDs: ["+15005550100"], lists: ["l"])
        (campaign.pace.concurrent, campaign.pace.callsPerSecond) = (5, 20)
        change(&campaign)
        try await store.campaigns.add(
            CampaignRecord(name: "spring", state: "running", body: campaign.json, made: Self.start)
        )
        try await add((0..<leads).map(Self.lead))
    }

    deinit {
        store.close()
        _ = system("rm -rf '\(folder)'")
    }

    /// Somebody in New York who has agreed to be called.
    static func lead(_ index: Int) -> Lead {
        var lead = Lead(list: "l", number: "+1212555\(1000 + index)", made: start)
        lead.consent = Consent(.written, at: start, source: "form")
        return lead
    }

    func add(_ leads: [Lead]) async throws { _ = try await store.leads.add(leads) }

    var now: Timestamp { clock.time.withLock { $0 } }

    /// A process of the host.
    func host(places: Int = 10, isShared: Bool = false, _ name: String = "one") throws -> Dialler {
        let life = lives.withLock { lives in
            lives += 1
            return lives
        }
        let (rules, clock, store) = (try Self.rules.get(), clock, store)
        let settings = DiallerSettings(
            host: name,
            owner: "\(name)#\(life)",
            isShared: isShared,
            load: { (places, 0) },
            pause: { name, reason, _ async throws(StoreError) in
                try await store.campaigns.change(name) { record in
                    (record.state, record.reason) = ("paused", reason)
                    return []
                }
            }
        )
        let dialler = Dialler(
            store,
            line.line,
            settings: settings,
            rules: { rules },
            now: { clock.time.withLock { $0 } }
        )
        dialler.follow()
        return dialler
    }

    /// Time passes, the carrier tells, and the hosts look.
    func step(_ hosts: Dialler..., seconds: Double = 0.25) async throws {
        clock.time.withLock { $0 = $0 + .milliseconds(Int64(seconds * 1000)) }
        await line.step()
        try await courier.drain()
        for host in hosts {
            try await host.tick()
            await host.settle()
        }
    }

    /// Looks until it is so, for virtual minutes at the most; whether it came to that.
    func run(
        _ host: Dialler,
        minutes: Double = 10,
        step: Double = 1,
        until isSo: () async throws -> Bool
    ) async throws -> Bool {
        let end = now + .milliseconds(Int64(minutes * 60_000))
        while now < end {
            if try await isSo() { return true }
            try await self.step(host, seconds: step)
        }
        return try await isSo()
    }

    func set(_ state: String) async throws {
        try await store.campaigns.change("spring") { record in
            record.state = state
            return []
        }
    }

    func leads(_ state: Lead.State? = nil) async throws -> [Lead] {
        var filter = LeadFilter(list: "l")
        filter.state = state
        return try await store.leads.list(filter, limit: 10_000)
    }

    func attempts() async throws -> [Attempt] { try await store.attempts.list(limit: 10_000) }

    func events(_ topic: Topic) async throws -> [Event] {
        try await store.log.read(after: 0, topics: [topic], limit: 10_000).map(\.event)
    }

    /// What the gateway and the conversation tell of a call that was answered.
    func conversation(_ attempt: Attempt, _ data: JSONObject) async throws {
        var data = data
        data["attempt_id"] = .string(attempt.id)
        for (name, value) in ["turns": 3, "duration_s": 20.0, "greeted_ms": 300.0] as JSONObject
        where data[name] == nil { data[name] = value }
        try await store.log.append(Event(.dispositionSet, key: "call_1", data: .object(data), at: now))
        try await store.log.append(Event(.callEnded, key: "call_1", data: .object(data), at: now))
    }
}
