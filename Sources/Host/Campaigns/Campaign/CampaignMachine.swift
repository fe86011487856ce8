public import Core
import JSONKit
public import Store

/// A campaign's life: a pure value, told what happens, that says what the log is to know of it. It has no clock and does
/// nothing; whoever drives it commits the state and the events together.
///
/// draft -> scheduled -> running <-> paused -> completed. Nothing follows what is completed.
public struct CampaignMachine: ~Copyable {
    public enum Input: Sendable {
        /// Its document is replaced.
        case put(Campaign)
        /// Somebody wants it to run. At its time, if it has one that is to come and `atOnce` is not said. `findings` are those
        /// of its document as things are now.
        case start(by: CampaignActor, atOnce: Bool, findings: [CampaignFinding])
        case pause(by: CampaignActor, reason: String)
        case complete(by: CampaignActor, reason: String)
        /// No lead of it can be called any more.
        case exhausted
        /// An agent's document is gone.
        case agentDeleted(String)
        /// Nothing but that time has passed.
        case time
    }

    public private(set) var campaign: Campaign
    public private(set) var state: CampaignState
    /// Why it is where it is; empty: because somebody wanted it so.
    public private(set) var reason: String
    private var events: [Event] = []

    public init(_ campaign: Campaign, state: CampaignState = .draft, reason: String = "") {
        (self.campaign, self.state, self.reason) = (campaign, state, reason)
    }

    /// When `time` is to be given at the latest; nil: nothing is to come by itself.
    public var nextDue: Timestamp? {
        switch state {
        case .scheduled: [campaign.startsAt, campaign.endsAt].compactMap(\.self).min()
        case .running, .paused: campaign.endsAt
        case .draft, .completed: nil
        }
    }

    /// The events to append.
    /// - Throws: where the campaign is not in a state for that, or its document is not.
    public mutating func handle(_ input: Input, at now: Timestamp) throws(Refusal) -> [Event] {
        events = []
        switch input {
        case .put(let document): try put(document, now)
        case .start(let actor, let atOnce, let findings): try start(actor, atOnce, findings, now)
        case .pause(let actor, let reason): try pause(actor, reason, now)
        case .complete(let actor, let reason):
            guard state != .completed else { throw Refusal("is completed already") }
            enter(.completed, reason, by: actor, now)
        case .exhausted:
            if state == .running { enter(.completed, "no lead can be called any more", by: .dialler, now) }
        case .agentDeleted(let agent):
            guard agent == campaign.agent, state == .running || state == .scheduled else { break }
            enter(.paused, "its agent, \(agent), was deleted; put it again, or name another, and start", by: .host, now)
        case .time: pass(now)
        }
        return events
    }

    /// Whether it may be forgotten.
    public func checkDeletion(live: Int) throws(Refusal) {
        switch state {
        case .draft, .completed, .paused:
            if live > 0 { throw Refusal("\(live) of its calls are under way; let them finish") }
        case .scheduled, .running: throw Refusal("is \(state.rawValue); pause or complete it first")
        }
    }

    private mutating func start(
        _ actor: CampaignActor,
        _ atOnce: Bool,
        _ findings: [CampaignFinding],
        _ now: Timestamp
    ) throws(Refusal) {
        guard state != .completed else {
            throw Refusal("is completed; put its document under another name to call again")
        }
        guard state != .running else { throw Refusal("is running already") }
        if let error = findings.first(where: { $0.severity == .error }) {
            throw Refusal(error.problem, path: error.path)
        }
        if let end = campaign.endsAt, end <= now { throw Refusal("is over: \(end)", path: "ends_at") }
        guard !atOnce, let start = campaign.startsAt, start > now else {
            return enter(.running, "", by: actor, now)
        }
        guard state != .scheduled else { throw Refusal("is scheduled for \(start) already; start it at once?") }
        enter(.scheduled, "starts at \(start)", by: actor, now)
    }

    private mutating func pause(
        _ actor: CampaignActor,
        _ reason: String,
        _ now: Timestamp
    ) throws(Refusal) {
        guard state == .running || state == .scheduled else {
            throw Refusal("is \(state.rawValue), and only what runs or is scheduled can be paused")
        }
        enter(.paused, reason, by: actor, now)
    }

    private mutating func pass(_ now: Timestamp) {
        guard state != .draft, state != .completed else { return }
        if let end = campaign.endsAt, end <= now { return enter(.completed, "its end has come", by: .schedule, now) }
        if state == .scheduled, let start = campaign.startsAt, start <= now { enter(.running, "", by: .schedule, now) }
    }

    private mutating func enter(_ next: CampaignState, _ reason: String, by actor: CampaignActor, _ now: Timestamp) {
        events.append(
            Event(
                .campaignChanged,
                key: campaign.name,
                data: [
                    "state": .string(next.rawValue), "from": .string(state.rawValue), "reason": .string(reason),
                    "by": .string(actor.rawValue),
                ],
                at: now
            )
        )
        (state, self.reason) = (next, reason)
    }

    // MARK: Changing

    private mutating func put(_ document: Campaign, _ now: Timestamp) throws(Refusal) {
        guard document.name == campaign.name else {
            throw Refusal("a campaign keeps its name; put the document under its own", path: "name")
        }
        switch state {
        case .completed: throw Refusal("is completed; put the document under another name")
        case .running: try checkRunningChange(document)
        case .draft, .scheduled, .paused: break
        }
        campaign = document
        guard state == .scheduled else { return }
        // Its time was changed: it is kept if it is to come, and waits for somebody's word if it is gone.
        if let start = document.startsAt, start > now { return }
        enter(.draft, "its document has no time to come any more", by: .operator, now)
    }

    /// What is looked at with each call may change under it; what decided who is among those to be called must not lose its
    /// ground while they are.
    private func checkRunningChange(_ document: Campaign) throws(Refusal) {
        for list in campaign.lists where !document.lists.contains(list) {
            throw Refusal(
                "\(list) cannot be taken away while it is called; pause the campaign first",
                path: "lists"
            )
        }
        guard document.consent.strictness >= campaign.consent.strictness else {
            throw Refusal(
                "cannot become laxer (\(campaign.consent.rawValue) to \(document.consent.rawValue)) while the campaign"
                    + " runs; pause it first",
                path: "consent"
            )
        }
        guard document.country == campaign.country else {
            throw Refusal("cannot change while the campaign runs; pause it first", path: "country")
        }
    }
}

extension ConsentNeed {
    /// More is asked for by a higher one.
    fileprivate var strictness: Int {
        switch self {
        case .none: 0
        case .express: 1
        case .written: 2
        }
    }
}

extension Refusal {
    /// About a member of the document.
    fileprivate init(_ reason: String, path: String) { self.init("\(path): \(reason)") }
}
