import Campaigns
import Core
import Store

/// Runs a campaign in virtual time, and has it judged. Blocks the thread it is called on for as long as it takes.
public enum Simulations {
    /// `progress` is told how far it is, from 0 to 1, a few times a second.
    public static func run(
        _ setup: SimulationSetup,
        progress: (Double) -> Void = { _ in }
    ) -> SimulationResult {
        let begun = Moment.now()
        var simulation = Simulation(setup)
        var steps = 0
        while simulation.step() {
            steps += 1
            if steps % 20_000 == 0 { progress(simulation.progress) }
        }
        let ended = Moment.now()
        var result = SimulationResult(report(simulation, setup))
        (result.decisions, result.isExhausted) = (simulation.decisions, simulation.isExhausted)
        result.pause = simulation.pause
        (result.mostLive, result.overlapping) = (simulation.mostLive, simulation.overlapping)
        result.days = Double(simulation.now - setup.start.unixMilliseconds) / 86_400_000
        var watch = RuleWatch(
            setup.campaign,
            simulation.book.leads,
            simulation.book.records,
            names: simulation.names.all
        )
        watch.judge()
        for violation in watch.violations {
            result.violations[violation.rule, default: 0] += 1
            if result.examples.count < 20 { result.examples.append("\(violation.rule): \(violation.what)") }
        }
        result.duplicateDials = watch.duplicates
        result.seconds = (ended - begun).fractionalSeconds
        result.judgingSeconds = (Moment.now() - ended).fractionalSeconds
        progress(1)
        return result
    }

    private static func report(_ simulation: borrowing Simulation, _ setup: SimulationSetup) -> CampaignReport {
        let state: CampaignState = simulation.pause != nil ? .paused : simulation.isExhausted ? .completed : .running
        var report = CampaignReport(setup.campaign.name, state: state, madeAt: simulation.time)
        (report.from, report.to) = (setup.start, simulation.time)
        let leads = simulation.book.leads
        report.leads.closed = simulation.book.closed
        report.leads.claimed = simulation.book.liveCalls
        report.leads.ready = leads.count - report.leads.closed - report.leads.claimed
        let zones = AreaCode.all.map { Zone(named: $0.zone) ?? .utc }
        let names = simulation.names.all
        let kinds = names.map { Disposition.named($0) }
        for record in simulation.book.records where record.over > 0 {
            let zone = zones[Int(leads[Int(record.lead)].area)]
            let at = Timestamp(unixMilliseconds: record.at)
            let local = record.at / 1000 + Int64(zone.offset(at: at))
            let kind = kinds[Int(record.disposition)]
            report.figures.add(
                AttemptFacts(
                    disposition: names[Int(record.disposition)],
                    lead: UInt64(record.lead),
                    hour: Int(local % 86_400 / 3600),
                    day: Zone.utc.day(of: at).description,
                    isAnswered: record.answered > 0,
                    isHuman: kind.isHumanAnswered,
                    isContact: kind.isCustomerContact,
                    isSuccess: kind.isSuccess,
                    talked: record.answered > 0 ? Double(max(0, record.over - record.answered)) / 1000 : 0
                )
            )
            if names[Int(record.disposition)] == "callback" { report.callbacks.asked += 1 }
        }
        for lead in leads where lead.callbackAt > 0 && lead.state == .ready {
            report.callbacks.add(waitingFor: Timestamp(unixMilliseconds: lead.callbackAt), now: simulation.time)
        }
        return report
    }
}
