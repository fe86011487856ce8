import Core
import JSONKit
import Store
import Synchronization

/// One campaign as this host dials it. Any thread.
final class CampaignDialling: Sendable {
    private struct State: ~Copyable {
        var machine: DialMachine
        var campaign: Campaign
        var revision: Int64
        var made: Timestamp
        var isRunning = false
        /// What the claims gave, until the carrier has answered.
        var claims: [String: Claimed] = [:]
        var drops: DropBudget
        /// Up to where the log is counted in `drops`, and what of that is kept.
        var countedTo: Int64
        var keptTo: Int64
    }

    let name: String
    let metrics: DialMetrics
    private let state: Mutex<State>

    init(_ record: CampaignRecord) {
        name = record.name
        metrics = DialMetrics(record.name)
        let campaign = CampaignReading(record.body).campaign
        let position = record.figures["position"]?.int ?? 0
        state = Mutex(
            State(
                machine: DialMachine(campaign.pace),
                campaign: campaign,
                revision: record.revision,
                made: record.made,
                drops: DropBudget(record.figures["drops"] ?? [:]),
                countedTo: position,
                keptTo: position
            )
        )
    }

    var campaign: Campaign { state.withLock { $0.campaign } }
    var isRunning: Bool { state.withLock { $0.isRunning } }
    var attempts: [String] { state.withLock { $0.machine.attempts } }
    var talking: Int { state.withLock { $0.machine.talking } }
    var countedTo: Int64 { state.withLock { $0.countedTo } }

    /// What the table has now.
    func update(_ record: CampaignRecord) {
        state.withLock { state in
            state.isRunning = record.state == CampaignRecord.running
            // One that was deleted and put anew begins at its first revision again.
            guard record.revision != state.revision || record.made != state.made else { return }
            (state.revision, state.made) = (record.revision, record.made)
            state.campaign = CampaignReading(record.body).campaign
            state.machine.change(state.campaign.pace)
        }
    }

    /// It was deleted: nobody new is called for it.
    func rest() { state.withLock { $0.isRunning = false } }

    func handle(_ input: DialInput, at now: Timestamp) -> [DialAction] {
        state.withLock { $0.machine.handle(input, at: now) }
    }

    /// `hosts` share what may still be abandoned.
    func tick(places: Int, hosts: Int, at now: Timestamp) -> [DialAction] {
        state.withLock { state in
            var figures = DialFigures()
            let left = state.drops.left(target: state.campaign.pace.dropTarget, at: now)
            (figures.isRunning, figures.places, figures.budget) = (state.isRunning, places, left / max(1, hosts))
            let actions = state.machine.handle(.tick(figures), at: now)
            metrics.show(state.machine, places: places, budget: left, share: state.drops.share(at: now), at: now)
            return actions
        }
    }

    // MARK: Claims

    func keep(_ claimed: [Claimed]) {
        state.withLock { state in for one in claimed { state.claims[one.attempt.id] = one } }
    }

    func claim(_ id: String) -> Claimed? { state.withLock { $0.claims[id] } }

    func forget(_ id: String) { state.withLock { $0.claims[id] = nil } }

    // MARK: Drops

    /// An attempt of the campaign has ended, on whatever host; each counts once.
    func count(_ ended: AttemptOutcome, position: Int64, at time: Timestamp) {
        state.withLock { state in
            guard position > state.countedTo else { return }
            state.countedTo = position
            if ended.isAnsweredByPerson { state.drops.note(isAbandoned: ended.isAbandoned, at: time) }
        }
    }

    /// What is to be kept of the counts, if it is news.
    func figures() -> (position: Int64, json: JSON)? {
        state.withLock { state in
            guard state.countedTo > state.keptTo else { return nil }
            return (state.countedTo, ["position": .int(state.countedTo), "drops": state.drops.json])
        }
    }

    func kept(_ position: Int64) { state.withLock { $0.keptTo = max($0.keptTo, position) } }
}
