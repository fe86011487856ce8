public import Core
import JSONKit
public import Store
import Synchronization

/// Dials the campaigns of a host: claims leads, has calls placed, and looks after every attempt until it is over.
///
/// An attempt is durable before the carrier hears of it, and is placed at most once. Whose answer is not known is looked for at
/// the carrier before anything else happens with its number. Several hosts share campaigns through the database: each has
/// attempts of its own, and takes over those of a host that is not heard of any more. Any thread.
public final class Dialler: Sendable {
    struct State {
        var diallings: [String: CampaignDialling] = [:]
        /// Which campaign an attempt of ours belongs to.
        var owners: [String: String] = [:]
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var nextTask: UInt64 = 0
        var loop: Task<Void, Never>?
        var followers: [Follower] = []
        var hosts = 1
        var nextSweep = Timestamp(unixMilliseconds: 0)
        var nextKeeping = Timestamp(unixMilliseconds: 0)
        var hasSwept = false
        var isHealthy = true
    }

    public let book: AttemptBook
    let store: Store
    let line: CarrierLine
    let settings: DiallerSettings
    let rules: @Sendable () -> RuleBook
    let now: @Sendable () -> Timestamp
    let state = Mutex(State())

    /// `rules`: those in force; `now`: the clock, driven in tests.
    public init(
        _ store: Store,
        _ line: CarrierLine,
        settings: DiallerSettings,
        rules: @escaping @Sendable () -> RuleBook,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        (self.store, self.line, self.settings, self.rules, self.now) = (store, line, settings, rules, now)
        book = AttemptBook(store, rules: rules, now: now)
    }

    // MARK: Running

    public func start() {
        follow()
        state.withLock { state in
            state.loop = state.loop ?? Task { await self.run() }
        }
    }

    /// Waits for the calls that ring, at most this long: whoever answers is to find the host there. Nothing new is begun, as
    /// long as `settings.load` says that there is no place.
    public func letRingOut(within limit: Duration) async {
        let deadline = Moment.now() + limit
        while state.withLock({ Array($0.diallings.values) }).contains(where: { $0.attempts.count > $0.talking }),
            Moment.now() < deadline
        {
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }

    /// Begins nothing more. What the carrier was asked is waited for, at most this long: the next start looks after the rest.
    public func stop(within limit: Duration = .seconds(5)) async {
        let (loop, followers) = state.withLock { state in
            defer { (state.loop, state.followers) = (nil, []) }
            return (state.loop, state.followers)
        }
        loop?.cancel()
        await loop?.value
        for follower in followers { follower.cancel() }
        let deadline = Moment.now() + limit
        while !state.withLock({ $0.tasks.isEmpty }), Moment.now() < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func run() async {
        while !Task.isCancelled {
            do throws(StoreError) {
                try await tick()
                state.withLock { $0.isHealthy = true }
            } catch {
                // Told once: the store tells what it has to tell itself.
                let isNews = state.withLock { state in
                    defer { state.isHealthy = false }
                    return state.isHealthy
                }
                if isNews { Log("dialler").error("the store refuses", ["reason": .string("\(error)")]) }
            }
            guard (try? await Task.sleep(for: settings.tick)) != nil else { return }
        }
    }

    /// Looks at everything once. Claims and questions to the carrier go on behind it.
    func tick() async throws(StoreError) {
        let records = try await store.campaigns.list()
        for record in records { update(record) }
        let names = Set(records.map(\.name))
        for dialling in state.withLock({ Array($0.diallings.values) }) where !names.contains(dialling.name) {
            dialling.rest()
        }
        let now = now()
        let (mustSweep, mustKeep) = state.withLock { state in
            defer {
                if now >= state.nextSweep { state.nextSweep = now + settings.sweep }
                if now >= state.nextKeeping { state.nextKeeping = now + settings.keeping }
            }
            return (now >= state.nextSweep, now >= state.nextKeeping)
        }
        if mustSweep { try await sweep(records) }
        if mustKeep { try await keepFigures() }
        let diallings = state.withLock { Array($0.diallings.values) }
        let parts = places(diallings)
        let hosts = state.withLock { $0.hosts }
        for dialling in diallings {
            perform(dialling.tick(places: parts[dialling.name] ?? 0, hosts: hosts, at: now), dialling)
        }
    }

    private func update(_ record: CampaignRecord) {
        let state = CampaignState(rawValue: record.state)
        let known = self.state.withLock { $0.diallings[record.name] }
        guard let dialling = known ?? (state == .running || state == .paused ? make(record) : nil) else { return }
        dialling.update(record)
    }

    func make(_ record: CampaignRecord) -> CampaignDialling {
        let dialling = state.withLock { state in
            if let known = state.diallings[record.name] { return (known, false) }
            let made = CampaignDialling(record)
            state.diallings[record.name] = made
            return (made, true)
        }
        if dialling.1 { count(for: dialling.0) }
        return dialling.0
    }

    /// The host's places, but for those of calls that are none of ours, among the campaigns that run.
    private func places(_ diallings: [CampaignDialling]) -> [String: Int] {
        let talking = diallings.reduce(0) { $0 + $1.talking }
        let load = settings.load()
        let room = load.limit - max(0, load.live - talking)
        let running = diallings.filter { $0.isRunning }.map { dialling in
            let pace = dialling.campaign.pace
            return Places.Claimant(dialling.name, weight: pace.weight, most: pace.concurrent)
        }
        return Places.shared(room, among: running)
    }

    // MARK: Doing

    /// Tells a machine, and does what it wants.
    func tell(_ dialling: CampaignDialling, _ input: DialInput) {
        perform(dialling.handle(input, at: now()), dialling)
    }

    private func perform(_ actions: [DialAction], _ dialling: CampaignDialling) {
        for action in actions { go { await self.perform(action, dialling) } }
    }

    /// Work beside the loop, which `stop` waits for.
    private func go(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            let number = state.nextTask
            state.nextTask += 1
            state.tasks[number] = Task {
                await body()
                self.state.withLock { $0.tasks[number] = nil }
            }
        }
    }

    /// Until nothing is under way.
    func settle() async {
        while let task = state.withLock({ $0.tasks.values.first }) { await task.value }
    }

    /// Attempts of ours, so that what is told of them finds its way.
    func own(_ ids: [String], _ campaign: String) {
        state.withLock { state in for id in ids { state.owners[id] = campaign } }
    }

    func disown(_ id: String) { state.withLock { $0.owners[id] = nil } }
}
