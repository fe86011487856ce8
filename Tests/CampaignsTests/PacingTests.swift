import Campaigns
import Core
import Testing

struct PacingTests {
    private func pace(_ mode: Pace.Mode, concurrent: Int = 100, _ change: (inout Pace) -> Void = { _ in }) -> Pacing {
        var pace = Pace()
        (pace.mode, pace.concurrent) = (mode, concurrent)
        change(&pace)
        return Pacing(pace)
    }

    private func situation(places: Int, talking: Int = 0, ringing: Int = 0, budget: Int = 0) -> Pacing.Situation {
        var situation = Pacing.Situation()
        (situation.places, situation.talking, situation.ringing, situation.budget) = (places, talking, ringing, budget)
        return situation
    }

    @Test(arguments: [(7, 0.2), (8, 0.5), (10, 2.0), (12, 4.7), (15, 10.6)])
    func `the share of those who find no place is the computed one`(lines: Int, percent: Double) {
        let share = DropShare.expected(lines: lines, places: 5, answer: 0.3)
        #expect((share * 1000).rounded() / 10 == percent)
    }

    @Test func `with five places and three answers in ten, ten numbers ring within three per cent`() {
        #expect(DropShare.lines(places: 5, answer: 0.3, target: 0.03, most: 1000) == 10)
        #expect(DropShare.lines(places: 5, answer: 1, target: 0.03, most: 1000) == 5)
        #expect(DropShare.lines(places: 0, answer: 0.3, target: 0.03, most: 1000) == 0)
        #expect(DropShare.lines(places: 5, answer: 0.0001, target: 0.03, most: 20) == 20)
    }

    @Test func `hundreds of lines are counted without losing small numbers`() {
        let share = DropShare.expected(lines: 2000, places: 500, answer: 0.3)
        // 600 answer on average, 500 have a place.
        #expect(abs(share - 100.0 / 600) < 0.002)
        #expect(DropShare.expected(lines: 2000, places: 1900, answer: 0.3) < 1e-12)
    }

    @Test func `progressive dialling never has more calls under way than places`() {
        for ringing in 0...12 {
            let next = pace(.progressive).next(situation(places: 10, talking: 4, ringing: ringing, budget: 50))
            #expect(next == max(0, 6 - ringing))
        }
    }

    @Test func `a campaign's own bound holds where the host has more places`() {
        #expect(pace(.progressive, concurrent: 3).next(situation(places: 10, talking: 1)) == 2)
    }

    @Test func `a ratio dials so many for each free place, as far as the budget reaches`() {
        let pacing = pace(.ratio) { $0.ratio = 2.5 }
        #expect(pacing.next(situation(places: 10, talking: 6, budget: 100)) == 10)
        #expect(pacing.next(situation(places: 10, talking: 6, budget: 3)) == 7)
        #expect(pacing.next(situation(places: 10, talking: 6, budget: 0)) == 4)
    }

    @Test func `predictive dialling begins as progressive, and dares more the surer it is that few answer`() {
        let pacing = pace(.predictive, concurrent: 1000)
        var situation = situation(places: 5, budget: 1000)
        let careful = pacing.lines(situation)
        #expect(careful == 5)
        for index in 0..<400 { situation.answers.note(isAnswered: index % 10 < 3) }
        let sure = pacing.lines(situation)
        #expect(sure > careful)
        // Knowing it is 30 % exactly would allow ten; the upper bound of what was seen allows no more.
        #expect(sure <= 10)
        #expect(
            DropShare.expected(lines: sure, places: 5, answer: situation.answers.upperBound) <= 0.03
        )
    }

    @Test func `predictive dialling does not overdraw the budget even if everybody answers`() {
        var situation = situation(places: 5, budget: 2)
        for index in 0..<1000 { situation.answers.note(isAnswered: index % 50 == 0) }
        #expect(pace(.predictive).lines(situation) == 7)
        situation.budget = 0
        #expect(pace(.predictive).lines(situation) == 5)
    }

    @Test func `the answer rate's bound is the beta posterior's quantile`() {
        // Beta(1, 1): 0.95; Beta(4, 8) and Beta(31, 71), by R's qbeta.
        var rate = AnswerRate()
        #expect(abs(rate.upperBound - 0.95) < 1e-9)
        for index in 0..<10 { rate.note(isAnswered: index < 3) }
        #expect(abs(rate.upperBound - 0.5644) < 0.002)
        #expect(rate.upperBound > 0.3)
    }

    @Test func `an old answer counts less than a new one`() {
        var rate = AnswerRate()
        for _ in 0..<2000 { rate.note(isAnswered: true) }
        for _ in 0..<2000 { rate.note(isAnswered: false) }
        #expect(rate.upperBound < 0.1)
    }

    // MARK: Budget

    @Test func `three in a hundred may be abandoned, and not one more`() {
        let now = Timestamp(unixMilliseconds: 1_800_000_000_000)
        var budget = DropBudget()
        #expect(budget.left(target: 0.03, at: now) == 0)
        for _ in 0..<33 { budget.note(isAbandoned: false, at: now) }
        #expect(budget.left(target: 0.03, at: now) == 0)
        budget.note(isAbandoned: false, at: now)
        #expect(budget.left(target: 0.03, at: now) == 1)
        for _ in 0..<66 { budget.note(isAbandoned: false, at: now) }
        #expect(budget.left(target: 0.03, at: now) == 3)
        for _ in 0..<3 { budget.note(isAbandoned: true, at: now) }
        #expect(budget.left(target: 0.03, at: now) == 0)
        #expect(budget.share(at: now) == 3.0 / 103)
    }

    @Test func `what is older than thirty days counts no more, and what was written is read again`() {
        let now = Timestamp(unixMilliseconds: 1_800_000_000_000)
        var budget = DropBudget()
        for _ in 0..<100 { budget.note(isAbandoned: false, at: now) }
        budget.note(isAbandoned: true, at: now)
        let read = DropBudget(budget.json)
        #expect(read == budget)
        #expect(read.left(target: 0.03, at: now + .seconds(29 * 86_400)) == 2)
        #expect(read.left(target: 0.03, at: now + .seconds(30 * 86_400)) == 0)
        #expect(read.share(at: now + .seconds(30 * 86_400)) == 0)
    }

    // MARK: Places

    @Test func `places are shared by weight, and what one has no use for goes to the others`() {
        let parts = Places.shared(
            12,
            among: [
                Places.Claimant("a", weight: 1, most: 100), Places.Claimant("b", weight: 3, most: 100),
                Places.Claimant("c", weight: 2, most: 1),
            ]
        )
        #expect(parts == ["a": 3, "b": 8, "c": 1])
        #expect(Places.shared(5, among: []).isEmpty)
        #expect(Places.shared(50, among: [Places.Claimant("a", weight: 1, most: 7)]) == ["a": 7])
    }
}
