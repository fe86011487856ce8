import Core
import JSONKit
import Store
import Testing

@testable import Campaigns

/// A campaign's life, without a store or a clock.
@Suite struct CampaignMachineTests {
    private let start = Timestamp(unixMilliseconds: 1_000_000)

    private func later(_ seconds: Int64) -> Timestamp { Timestamp(unixMilliseconds: 1_000_000 + seconds * 1000) }

    private func campaign(_ change: (inout Campaign) -> Void = { _ in }) -> Campaign {
        var campaign = Campaign(name: "spring", agent: "b", callerIDs: ["+15005550006"], lists: ["l", "m"])
        change(&campaign)
        return campaign
    }

    private func go(_ atOnce: Bool = false, _ findings: [CampaignFinding] = []) -> CampaignMachine.Input {
        .start(by: .operator, atOnce: atOnce, findings: findings)
    }

    @Test func `a campaign runs, pauses with a reason, runs again, and is completed when nobody is left`() throws {
        var machine = CampaignMachine(campaign())
        let events = try machine.handle(go(), at: start)
        #expect(events.map(\.topic) == [.campaignChanged] && events[0].key == "spring")
        #expect(events[0].data == ["state": "running", "from": "draft", "reason": "", "by": "operator"])
        _ = try machine.handle(.pause(by: .dialler, reason: "the carrier refuses"), at: later(1))
        #expect(machine.state == .paused && machine.reason == "the carrier refuses")
        #expect(try machine.handle(.exhausted, at: later(2)).isEmpty, "what is paused is not completed by itself")
        _ = try machine.handle(go(), at: later(3))
        #expect(machine.state == .running && machine.reason == "")
        let last = try machine.handle(.exhausted, at: later(4))
        #expect(machine.state == .completed && last[0].data["by"] == "dialler")
        #expect(try machine.handle(.exhausted, at: later(5)).isEmpty)
        #expect(throws: Refusal.self) { try machine.handle(go(), at: later(6)) }
    }

    @Test func `a campaign with a time waits for it, starts by itself, and ends by itself`() throws {
        let document = campaign { ($0.startsAt, $0.endsAt) = (later(100), later(200)) }
        var machine = CampaignMachine(document)
        #expect(machine.nextDue == nil, "a draft starts when somebody has said so")
        _ = try machine.handle(go(), at: start)
        #expect(machine.state == .scheduled && machine.nextDue == later(100))
        #expect(try machine.handle(.time, at: later(99)).isEmpty)
        #expect(try machine.handle(.time, at: later(100))[0].data["by"] == "schedule")
        #expect(machine.state == .running && machine.nextDue == later(200))
        _ = try machine.handle(.time, at: later(200))
        #expect(machine.state == .completed && machine.reason == "its end has come")
        var other = CampaignMachine(document)
        _ = try other.handle(go(true), at: start)
        #expect(other.state == .running, "at once means at once")
    }

    @Test func `a campaign that has slept through its time is over, not started`() throws {
        var machine = CampaignMachine(campaign { ($0.startsAt, $0.endsAt) = (later(100), later(200)) })
        _ = try machine.handle(go(), at: start)
        _ = try machine.handle(.time, at: later(300))
        #expect(machine.state == .completed)
    }

    @Test func `a document with errors is not started`() throws {
        var machine = CampaignMachine(campaign())
        let finding = CampaignFinding(.error, "agent", "no agent is called b")
        let error = #expect(throws: Refusal.self) { try machine.handle(go(false, [finding]), at: start) }
        #expect(error?.reason == "agent: no agent is called b" && machine.state == .draft)
        _ = try machine.handle(go(false, [CampaignFinding(.warning, "consent", "none")]), at: start)
        #expect(machine.state == .running)
    }

    @Test func `an agent that is deleted pauses its campaigns and no others`() throws {
        var machine = CampaignMachine(campaign(), state: .running)
        #expect(try machine.handle(.agentDeleted("c"), at: start).isEmpty)
        let events = try machine.handle(.agentDeleted("b"), at: start)
        #expect(machine.state == .paused && machine.reason.contains("b, was deleted"))
        #expect(events[0].data["by"] == "host")
        var draft = CampaignMachine(campaign())
        #expect(try draft.handle(.agentDeleted("b"), at: start).isEmpty, "the next check tells it")
    }

    @Test func `while it runs pace, caps and windows may change, and what it stands on may not`() throws {
        var machine = CampaignMachine(campaign { $0.country = "US" }, state: .running)
        func change(_ change: (inout Campaign) -> Void) -> Campaign {
            campaign {
                ($0.country = "US"); change(&$0)
            }
        }
        _ = try machine.handle(.put(change { ($0.pace.concurrent, $0.lists) = (50, ["l", "m", "n"]) }), at: start)
        #expect(machine.campaign.pace.concurrent == 50 && machine.campaign.lists.count == 3)
        let forbidden: [(String, Campaign)] = [
            ("lists", change { $0.lists = ["l"] }),
            ("consent", change { ($0.lists, $0.consent) = (["l", "m", "n"], .none) }),
            ("country", change { ($0.lists, $0.country) = (["l", "m", "n"], "GB") }),
            ("name", change { $0.name = "summer" }),
        ]
        for (path, document) in forbidden {
            let error = #expect(throws: Refusal.self) { try machine.handle(.put(document), at: start) }
            #expect(error?.reason.hasPrefix("\(path): ") == true)
        }
        _ = try machine.handle(.pause(by: .operator, reason: ""), at: start)
        _ = try machine.handle(.put(forbidden[0].1), at: start)
        #expect(machine.campaign.lists == ["l"])
    }

    @Test func `a schedule follows its document`() throws {
        var machine = CampaignMachine(campaign { $0.startsAt = later(100) })
        _ = try machine.handle(go(), at: start)
        #expect(try machine.handle(.put(campaign { $0.startsAt = later(500) }), at: later(1)).isEmpty)
        #expect(machine.state == .scheduled && machine.nextDue == later(500))
        _ = try machine.handle(.put(campaign()), at: later(2))
        #expect(machine.state == .draft)
    }

    @Test func `what is under way is not deleted`() throws {
        for (state, live, isAllowed) in [
            (CampaignState.draft, 0, true), (.running, 0, false), (.scheduled, 0, false), (.paused, 1, false),
            (.paused, 0, true), (.completed, 0, true), (.completed, 1, false),
        ] {
            let machine = CampaignMachine(campaign(), state: state)
            if isAllowed {
                try machine.checkDeletion(live: live)
            } else {
                #expect(throws: Refusal.self) { try machine.checkDeletion(live: live) }
            }
        }
    }
}
