import Core
import JSONKit
import Store
import Synchronization

/// What a `DialMachine` wants, done.
extension Dialler {
    func perform(_ action: DialAction, _ dialling: CampaignDialling) async {
        switch action {
        case .claim(let limit, let rate): await claim(limit, rate, dialling)
        case .place(let id): await place(id, dialling)
        case .ask(let id): await ask(id, dialling)
        case .callOff(let id): await callOff(id)
        case .giveBack(let id, let reason): await giveBack(id, reason, dialling)
        case .pause(let reason): await pause(reason, dialling)
        // Whoever keeps the campaigns looks at their leads.
        case .complete: break
        }
    }

    // MARK: Claiming

    private func claim(_ limit: Int, _ rate: Int64, _ dialling: CampaignDialling) async {
        let (campaign, now, rules, lease) = (dialling.campaign, now(), rules(), settings.lease)
        var claimed: [Claimed] = []
        do throws(StoreError) {
            claimed = try await store.attempts.claim(
                campaign: campaign.name,
                lists: campaign.lists,
                callerIDs: campaign.callerIDs,
                owner: settings.owner,
                limit: limit,
                concurrent: campaign.pace.concurrent,
                millicallsPerSecond: rate,
                at: now
            ) { Self.claiming($0, campaign, rules, lease, at: now) }
        } catch { complain("nothing can be claimed", dialling.name, error) }
        dialling.keep(claimed)
        own(claimed.map(\.attempt.id), campaign.name)
        let claims = claimed.map { one in
            DialInput.Claim(one.attempt.id, latestStart: latestStart(one, campaign, at: now))
        }
        tell(dialling, .claimed(claims))
    }

    /// What the rules make of somebody.
    static func claiming(
        _ prospect: Prospect,
        _ campaign: Campaign,
        _ rules: RuleBook,
        _ lease: Duration,
        at now: Timestamp
    ) -> Claiming {
        let decision = rules.decide(prospect, campaign, at: now)
        guard !decision.isAllowed else { return .dial(decision: decision.json, until: now + lease) }
        if let next = decision.next { return .wait(until: next) }
        // Whoever is being called is free again at some time; for the rest somebody has to do something.
        let lasting = decision.verdicts.first { !$0.isAllowed && $0.until == nil && $0.rule != "live" }
        return lasting.map { .close(reason: $0.rule) } ?? .wait(until: now + .seconds(30))
    }

    private func latestStart(_ claimed: Claimed, _ campaign: Campaign, at now: Timestamp) -> Timestamp {
        let prospect = Prospect(lead: claimed.lead, number: claimed.attempt.number)
        // Where there is none it is too late already.
        return rules().latestStart(prospect, campaign, at: now) ?? Timestamp(unixMilliseconds: now.unixMilliseconds - 1)
    }

    // MARK: Placing

    private func place(_ id: String, _ dialling: CampaignDialling) async {
        guard let claimed = dialling.claim(id) else {
            return tell(dialling, .refused(id, .unknown(reason: "forgotten")))
        }
        let (attempt, campaign) = (claimed.attempt, dialling.campaign)
        guard await isOurs(attempt) else {
            // Another host has taken it over: what becomes of it is its affair.
            disown(id)
            dialling.forget(id)
            return tell(dialling, .ended(id, AttemptOutcome(unknown: "somebody else's")))
        }
        // Just before the carrier hears of it: a claim may have waited.
        if let objection = await objection(claimed, campaign) { return await giveBack(id, objection, dialling) }
        let start = Moment.now()
        let answer = await line.place(
            CarrierLine.Order(
                attempt: id,
                to: attempt.number,
                from: attempt.callerID,
                agent: campaign.agent,
                machines: campaign.machines,
                rings: campaign.rings
            )
        )
        dialling.metrics.placed(answer.name, seconds: (Moment.now() - start).fractionalSeconds)
        switch answer {
        case .placed(let carrierCallID, let status):
            tell(dialling, .placed(id))
            await note(id, [.placed(carrierCallID: carrierCallID)], dialling)
            if !status.isEmpty { tell(dialling, .status(id, status)) }
        case .invalid(let reason):
            tell(dialling, .invalid(id))
            await note(id, [.absent(disposition: "invalid", reason: reason)], dialling)
        case .barred(let reason):
            // The breaker counts it: when the carrier calls hardly anybody, it pauses the campaign.
            await note(id, [.absent(disposition: "carrier_error", reason: reason)], dialling)
        case .not(let refusal):
            if case .unknown(let reason) = refusal {
                let fields: JSONObject = ["attempt": .string(id), "reason": .string(reason)]
                Log("dialler").warning("the carrier may have placed a call; it is asked", fields)
            }
            return tell(dialling, .refused(id, refusal))
        }
        dialling.forget(id)
    }

    /// What was true when it was claimed may not be any more.
    private func hasWaited(_ attempt: Attempt) -> Bool { now() - attempt.intendedAt >= .seconds(2) }

    /// Whether an attempt that has waited is still this host's to place.
    private func isOurs(_ attempt: Attempt) async -> Bool {
        guard hasWaited(attempt) else { return true }
        let current = try? await store.attempts.get(attempt.id)
        return current?.owner == settings.owner && current?.state == .intended
    }

    /// Why an attempt that was allowed when it was claimed is not any more; nil: it still is.
    private func objection(_ claimed: Claimed, _ campaign: Campaign) async -> String? {
        guard settings.load().limit > 0 else { return "this host takes no calls now" }
        let now = now()
        guard latestStart(claimed, campaign, at: now) >= now else { return "its window is over" }
        guard hasWaited(claimed.attempt) else { return nil }
        let number = claimed.attempt.number
        do throws(StoreError) {
            let found = try await store.suppressions.matches([number], campaign: campaign.name)
            return found[number] == nil ? nil : "is not to be called any more"
        } catch { return "nobody can say whether it may still be called" }
    }

    private func callOff(_ id: String) async {
        guard let attempt = try? await store.attempts.get(id), attempt.state == .placed,
            !attempt.carrierCallID.isEmpty
        else { return }
        await line.end(attempt.carrierCallID)
    }

    /// The lead may be called later: nobody has called it now.
    private func giveBack(_ id: String, _ reason: String, _ dialling: CampaignDialling) async {
        await note(id, [.absent(disposition: "canceled", reason: reason)], dialling)
        dialling.forget(id)
    }

    // MARK: Asking

    private func ask(_ id: String, _ dialling: CampaignDialling) async {
        do throws(StoreError) {
            guard let attempt = try await store.attempts.get(id), attempt.state.isLive else {
                return tell(dialling, .ended(id, AttemptOutcome(unknown: "over")))
            }
            guard let known = await line.find(attempt.number, attempt.callerID, attempt.intendedAt) else {
                return tell(dialling, .unreachable(id))
            }
            if let call = try await own(known, attempt) {
                await note(id, facts(call), dialling)
                return tell(dialling, .status(id, call.status))
            }
            // Somebody was talked to: a carrier that knows nothing of that any more does not bring the call back.
            if attempt.state == .answered {
                await note(
                    id,
                    [.status("completed", carrierCallID: attempt.carrierCallID)],
                    dialling
                )
            }
            tell(dialling, .absent(id))
        } catch {
            complain("an attempt cannot be looked up", dialling.name, error)
            tell(dialling, .unreachable(id))
        }
    }

    /// The call that is this attempt's: of others, that number may have had earlier ones.
    private func own(
        _ known: [CarrierLine.Known],
        _ attempt: Attempt
    ) async throws(StoreError) -> CarrierLine.Known? {
        if !attempt.carrierCallID.isEmpty { return known.first { $0.carrierCallID == attempt.carrierCallID } }
        for call in known {
            let filter = AttemptFilter(carrierCallID: call.carrierCallID)
            let others = try await store.attempts.list(filter, limit: 1)
            if others.isEmpty || others[0].id == attempt.id { return call }
        }
        return nil
    }

    private func facts(_ call: CarrierLine.Known) -> [AttemptFact] {
        [.status(call.status, carrierCallID: call.carrierCallID, answeredBy: call.answeredBy)]
    }

    // MARK: Noting

    /// What is known of an attempt must not get lost because the store is away for a moment; the sweep looks after the rest.
    func note(_ id: String, _ facts: [AttemptFact], _ dialling: CampaignDialling) async {
        let time = now()
        for wait in [50, 500, 5000, 0] {
            do throws(StoreError) {
                _ = try await book.note(id, facts.map { ($0, time) })
                return
            } catch {
                complain("an attempt cannot be noted", dialling.name, error)
                guard wait > 0, (try? await Task.sleep(for: .milliseconds(wait))) != nil else { return }
            }
        }
    }

    private func pause(_ reason: String, _ dialling: CampaignDialling) async {
        let now = now()
        dialling.metrics.paused()
        Log("dialler").error("a campaign is paused", ["campaign": .string(dialling.name), "reason": .string(reason)])
        do throws(StoreError) {
            try await settings.pause(dialling.name, reason, now)
        } catch { complain("a campaign cannot be paused", dialling.name, error) }
    }

    func complain(_ what: String, _ campaign: String, _ error: StoreError) {
        if case .closed = error { return }
        Log("dialler").error(what, ["campaign": .string(campaign), "reason": .string("\(error)")])
    }
}

extension CarrierLine.Answer {
    fileprivate var name: String {
        switch self {
        case .placed: "placed"
        case .invalid: "invalid"
        case .barred: "barred"
        case .not(.refused): "refused"
        case .not(.congested): "congested"
        case .not(.unknown): "unknown"
        }
    }
}

extension AttemptOutcome {
    /// Of an attempt that is over without anybody having heard of it.
    init(unknown reason: String) {
        self.init(disposition: "canceled", reason: reason, isAnsweredByPerson: false, isAbandoned: false)
    }
}
