import Calls
import Campaigns
import Core
import Gateway
import JSONKit
import Store

/// The calls of campaigns: how the dialler reaches the carrier, and what the gateway is told of them. Any thread.
struct CampaignCalls: Sendable {
    let store: Store
    let agents: AgentDirectory
    let desk: CarrierDesk
    let keeper: CampaignKeeper
    let rules: RuleBook

    /// The host's dialler. `calls`: those that the host holds, whatever they are; `readiness`: nobody is called whom the host
    /// could not talk to.
    func dialler(_ configuration: Configuration, _ calls: CallDirectory, _ readiness: Readiness) -> Dialler {
        let (store, limit, host) = (store, configuration.limits.calls, configuration.deliveries.host)
        let settings = DiallerSettings(
            host: host,
            // A host that was started anew is somebody else.
            owner: "\(host)#\(EventID.make().rawValue.suffix(10))",
            isShared: configuration.store.name == "postgres",
            load: {
                let takesCalls = !readiness.isDraining && readiness.obstacles().isEmpty
                return (takesCalls ? limit : 0, calls.count)
            },
            pause: { [keeper] name, reason, _ async throws(StoreError) in
                _ = try await keeper.pause(name, by: .dialler, reason: reason)
            }
        )
        return Dialler(store, line, settings: settings, rules: { [rules] in rules })
    }

    /// What the gateway is told of an attempt, a campaign's or an operator's.
    func finder(
        besides byHand: HandPlacedCalls
    ) -> @Sendable (String) async throws(StoreError) -> PlacedCall? {
        { attempt async throws(StoreError) in
            HandPlacedCalls.owns(attempt) ? try await byHand.find(attempt) : try await find(attempt)
        }
    }

    // MARK: The carrier

    private var line: CarrierLine {
        let (desk, agents) = (desk, agents)
        return CarrierLine(
            place: { order in
                guard let agent = agents.find(order.agent) else {
                    return .not(.refused(reason: "no agent is called \(order.agent); put its document"))
                }
                let call = CallPlacement(
                    attempt: order.attempt,
                    to: order.to,
                    from: order.from,
                    rings: order.rings,
                    agent: agent,
                    machines: Voicemail.Action(order.machines)
                )
                return Self.answer(await desk.place(call))
            },
            end: { _ = await desk.end($0) },
            find: { to, from, since in
                guard case .found(let calls) = await desk.find(to: to, from: from, since: since) else { return nil }
                return calls.map { call in
                    CarrierLine.Known(
                        carrierCallID: call.carrierCallID,
                        status: call.status,
                        answeredBy: call.answeredBy,
                        duration: call.duration.map { .seconds($0) }
                    )
                }
            }
        )
    }

    private static func answer(_ placing: Placing) -> CarrierLine.Answer {
        switch placing {
        case .placed(let id, let status): .placed(carrierCallID: id, status: status)
        case .invalid(let reason): .invalid(reason: reason)
        case .barred(let reason): .barred(reason: reason)
        case .refused(let reason): .not(.refused(reason: reason))
        case .congested(let after, _): .not(.congested(retryAfter: after))
        case .unknown(let reason): .not(.unknown(reason: reason))
        }
    }

    // MARK: The gateway

    /// What an attempt was made for; nil: no campaign of ours has made it.
    func find(_ id: String) async throws(StoreError) -> PlacedCall? {
        guard let attempt = try await store.attempts.get(id),
            let record = try await store.campaigns.get(attempt.campaign)
        else { return nil }
        let campaign = CampaignReading(record.body).campaign
        let lead = try await store.leads.get(attempt.lead)
        return PlacedCall(
            agent: agents.find(campaign.agent),
            order: CallOrder(
                attempt: id,
                campaign: campaign.name,
                lead: attempt.lead,
                fields: lead.map(Self.fields) ?? [:],
                machines: Voicemail.Action(campaign.machines)
            ),
            carrierCallID: attempt.carrierCallID,
            isOver: !attempt.state.isLive,
            localTime: localTime(lead, attempt, campaign)
        )
    }

    /// What the agent hears of a lead: its list's columns, and what every lead has.
    private static func fields(_ lead: Lead) -> JSONObject {
        var fields = lead.fields
        for (name, value) in [("name", lead.name), ("external_id", lead.externalID), ("stage", lead.stage)]
        where !value.isEmpty {
            fields[name] = .string(value)
        }
        return fields
    }

    /// What the clocks show where somebody was called.
    private func localTime(_ lead: Lead?, _ attempt: Attempt, _ campaign: Campaign) -> LocalTime {
        guard let lead, let zone = rules.zone(of: lead, number: attempt.number, campaign) else { return .now() }
        let now = Timestamp.now()
        let (day, seconds) = (zone.day(of: now), now.unixMilliseconds / 1000 + Int64(zone.offset(at: now)))
        let (year, month, date) = day.parts
        let minutes = Int(seconds % 86_400) / 60
        return LocalTime(year: year, month: month, day: date, hour: minutes / 60, minute: minutes % 60)
    }
}

extension Voicemail.Action {
    fileprivate init(_ action: MachineAction) {
        self =
            switch action {
            case .hangUp: .hangUp
            case .leaveMessage: .leaveMessage
            }
    }
}
