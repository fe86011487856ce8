import Glibc
import TextKit

/// Finds the sentences of some passages that answer a question, by the words they share with it.
struct AnswerFinder: Sendable {
    let synonyms: Synonyms
    /// How much of the question a sentence must cover.
    let threshold: Double
    let mostSentences: Int

    /// More text than this is not looked at: it would hold the loop.
    private static let mostCandidates = 60

    /// What of the best sentence's score makes the next one part of the answer.
    private static let nearlyAsGood = 0.55

    private struct Candidate {
        let text: String
        let passage: Int
        let subjects: Set<String>
        let stems: Set<String>
        /// Of the heading the sentence stands under.
        let heading: Set<String>
    }

    /// One or more sentences of one passage, or nil where none covers enough of the question.
    func answer(to question: String, from passages: [(heading: String, text: String)]) -> String? {
        var candidates: [Candidate] = []
        for (number, passage) in passages.enumerated() where candidates.count < Self.mostCandidates {
            candidates += self.candidates(of: passage, passage: number).prefix(Self.mostCandidates - candidates.count)
        }
        let wanted = Set(synonyms.subjects(of: question))
        let exact = Set(Words.split(question).map(\.stem))
        guard !candidates.isEmpty, wanted.contains(where: { !Words.ofGrammar.contains($0) }) else { return nil }
        let rarity = rarity(of: wanted, among: candidates)
        let whole = rarity.values.sorted().reduce(0, +)
        let scores = candidates.map { candidate -> Double in
            let covered = wanted.sorted().reduce(0.0) { sum, subject in
                let share = candidate.subjects.contains(subject) ? 1 : candidate.heading.contains(subject) ? 0.6 : 0
                return sum + share * (rarity[subject] ?? 0)
            }
            // The caller's very words decide between sentences that cover the same; so does the passages' order.
            let same = Double(candidate.stems.intersection(exact).count) / Double(max(1, exact.count))
            return covered / whole + 0.1 * same - 0.02 * Double(candidate.passage)
        }
        guard let best = scores.indices.max(by: { (scores[$0], -$0) < (scores[$1], -$1) }), scores[best] >= threshold
        else { return nil }
        return chosen(around: best, scores, candidates).map { candidates[$0].text }.joined(separator: " ")
    }

    private static let backwards: Set<String> = ["it", "they", "this", "that", "these", "those", "he", "she"]

    /// The best sentence, with the one it refers to and the next one if that is nearly as good.
    private func chosen(around best: Int, _ scores: [Double], _ candidates: [Candidate]) -> [Int] {
        var chosen = [best]
        func isNeighbour(_ index: Int) -> Bool {
            candidates.indices.contains(index) && candidates[index].passage == candidates[best].passage
        }
        let opening = Words.split(candidates[best].text).first ?? ""
        if chosen.count < mostSentences, Self.backwards.contains(opening), isNeighbour(best - 1) {
            chosen.insert(best - 1, at: 0)
        }
        if chosen.count < mostSentences, isNeighbour(best + 1), scores[best + 1] >= Self.nearlyAsGood * scores[best] {
            chosen.append(best + 1)
        }
        return chosen
    }

    private func candidates(of passage: (heading: String, text: String), passage number: Int) -> [Candidate] {
        var candidates: [Candidate] = []
        var heading = Set(synonyms.subjects(of: passage.heading))
        var prose = ""
        func finish() {
            for text in Sentence.split(prose) {
                candidates.append(
                    Candidate(
                        text: text,
                        passage: number,
                        subjects: Set(synonyms.subjects(of: text)),
                        stems: Set(Words.split(text).map(\.stem)),
                        heading: heading
                    )
                )
            }
            prose = ""
        }
        for line in passage.text.split(separator: "\n") {
            if line.hasPrefix("#") {
                finish()
                heading = Set(synonyms.subjects(of: String(line)))
            } else {
                prose += line + " "
            }
        }
        finish()
        return candidates
    }

    /// What few sentences talk of says more; what none talks of says as much as what one talks of.
    private func rarity(of wanted: Set<String>, among candidates: [Candidate]) -> [String: Double] {
        var rarity: [String: Double] = [:]
        for subject in wanted {
            let count = candidates.reduce(0) { $0 + ($1.subjects.contains(subject) ? 1 : 0) }
            rarity[subject] = log(1 + Double(candidates.count + 1) / (Double(max(1, count)) + 0.5))
        }
        return rarity
    }
}
