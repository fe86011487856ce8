public import Core
import JSONKit
public import Store

/// Makes reports from the store and the log. Any thread; reads in parts, so that others are not kept waiting.
public struct CampaignReporter: Sendable {
    let store: Store
    private let rules: RuleBook
    /// Of days.
    public let zone: Zone

    /// The documents' collection that daily reports are kept in.
    public static let collection = "campaign-reports"
    private static let batch = 2000
    /// Leads of each list that `heldBack` looks at for a report: identifiers are digests, so they are any of them.
    private static let sample = 500
    /// Scores are read up to so many.
    private static let scores = 200_000

    public init(_ store: Store, _ rules: RuleBook, zone: Zone) {
        (self.store, self.rules, self.zone) = (store, rules, zone)
    }

    /// A report on all of a campaign, or on a day of it.
    /// - Throws: `.notFound`.
    public func report(
        on name: String,
        day: CivilDay? = nil,
        price: CallPrice = CallPrice(),
        at now: Timestamp
    ) async throws(StoreError) -> CampaignReport {
        guard let record = try await store.campaigns.get(name) else { throw .notFound("campaign \(name)") }
        let campaign = CampaignReading(record.body).campaign
        var report = CampaignReport(name, state: CampaignState(rawValue: record.state) ?? .draft, madeAt: now)
        (report.reason, report.price) = (record.reason, price)
        if let day {
            (report.from, report.to) = (zone.moment(of: day), zone.moment(of: day.advanced(by: 1)))
        }
        for count in try await store.leads.counts(lists: campaign.lists) {
            switch count.state {
            case .ready: report.leads.ready += Int(count.count)
            case .claimed: report.leads.claimed += Int(count.count)
            case .closed: report.leads.closed += Int(count.count)
            }
        }
        let called = try await addAttempts(of: campaign, to: &report)
        try await addScores(of: called, to: &report)
        try await addCallbacks(of: campaign, to: &report)
        report.heldBack = try await heldBack(campaign, limit: Self.sample, at: now)
        return report
    }

    /// Why leads that are ready wait, of at most `limit` of each list.
    public func heldBack(
        _ campaign: Campaign,
        limit: Int,
        at now: Timestamp
    ) async throws(StoreError) -> HeldBack {
        var held = HeldBack()
        for list in campaign.lists {
            for lead in try await store.leads.list(LeadFilter(list: list, state: .ready), limit: limit) {
                let prospect = try await store.attempts.prospect(of: lead.id, campaign: campaign.name, at: now)
                if let prospect { held.add(rules.decide(prospect, campaign, at: now)) }
            }
        }
        return held
    }

    // MARK: Parts

    /// The leads that were called.
    private func addAttempts(
        of campaign: Campaign,
        to report: inout CampaignReport
    ) async throws(StoreError) -> Set<String> {
        var (called, last): (Set<String>, String?) = ([], nil)
        while true {
            let filter = AttemptFilter(campaign: campaign.name, isLive: false)
            let attempts = try await store.attempts.list(filter, before: last, limit: Self.batch)
            for attempt in attempts {
                if let to = report.to, attempt.intendedAt >= to { continue }
                if let from = report.from, attempt.intendedAt < from { continue }
                called.insert(attempt.lead)
                report.figures.add(facts(attempt, campaign))
                if attempt.disposition == "callback" { report.callbacks.asked += 1 }
            }
            guard let oldest = attempts.last, attempts.count == Self.batch else { return called }
            if let from = report.from, oldest.intendedAt < from { return called }
            last = oldest.id
        }
    }

    private func facts(_ attempt: Attempt, _ campaign: Campaign) -> AttemptFacts {
        let kind = Disposition.named(attempt.disposition)
        let home = rules.zone(of: attempt.number, campaign)
        let ended = attempt.endedAt ?? attempt.answeredAt
        let talked = attempt.answeredAt.flatMap { answered in
            ended.map { Double(max(0, $0.unixMilliseconds - answered.unixMilliseconds)) / 1000 }
        }
        return AttemptFacts(
            disposition: attempt.disposition.isEmpty ? "unknown" : attempt.disposition,
            lead: UInt64(bitPattern: Int64(attempt.lead.hashValue)),
            hour: home.map { $0.hour(of: attempt.intendedAt) },
            day: zone.day(of: attempt.intendedAt).description,
            isAnswered: attempt.answeredAt != nil,
            isHuman: kind.isHumanAnswered,
            isContact: kind.isCustomerContact,
            isSuccess: kind.isSuccess,
            talked: talked ?? 0
        )
    }

    private func addScores(of called: Set<String>, to report: inout CampaignReport) async throws(StoreError) {
        guard !called.isEmpty else { return }
        var scores: [String: (first: Int64, last: Int64, stage: String)] = [:]
        var (position, read): (Int64, Int) = (0, 0)
        while read < Self.scores {
            let batch = try await store.log.read(after: position, topics: [.leadScored], limit: Self.batch)
            guard let last = batch.last else { break }
            (position, read) = (last.position, read + batch.count)
            for recorded in batch where called.contains(recorded.event.key) {
                if let to = report.to, recorded.event.at >= to { continue }
                let (key, data) = (recorded.event.key, recorded.event.data)
                let score = data["score"]?.int ?? Int64(data["score"]?.double ?? 0)
                let isBefore = report.from.map { recorded.event.at < $0 } ?? false
                let first = isBefore ? score : scores[key]?.first ?? score
                scores[key] = (first, score, data["stage"]?.string ?? "")
            }
        }
        for score in scores.values {
            report.scores.add(before: score.first, after: score.last)
            if !score.stage.isEmpty { report.scores.stages[score.stage, default: 0] += 1 }
        }
    }

    private func addCallbacks(of campaign: Campaign, to report: inout CampaignReport) async throws(StoreError) {
        for list in campaign.lists {
            let filter = LeadFilter(list: list, state: .ready, disposition: "callback")
            for lead in try await store.leads.list(filter, limit: 10_000) {
                if let time = lead.callbackAt { report.callbacks.add(waitingFor: time, now: report.madeAt) }
            }
        }
    }
}

extension Zone {
    /// What the hour hand shows here, 0 to 23.
    func hour(of moment: Timestamp) -> Int {
        let local = moment.unixMilliseconds / 1000 + Int64(offset(at: moment))
        return Int((local % 86_400 + 86_400) % 86_400 / 3600)
    }
}

extension RuleBook {
    /// A zone of a number, the first one where there are several; nil: nobody knows any.
    func zone(of number: String, _ campaign: Campaign) -> Zone? {
        let nobody = Lead(list: "", number: number, made: Timestamp(unixMilliseconds: 0))
        return zone(of: nobody, number: number, campaign)
    }
}

extension Disposition {
    /// It came to what campaigns are made for: a sale, or a conversation that was led to its end.
    public var isSuccess: Bool { isSale || (isCompleted && !isDoNotCall && !isNotInterested) }
}
