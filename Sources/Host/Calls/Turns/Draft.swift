import Core
import JSONKit

/// A reply that is prepared while it is not certain that the caller has finished. Nothing of it is said, recorded or acted
/// upon before the final transcript has the same words.
struct Draft {
    /// What it answers.
    let text: String
    /// The stage it was made in: elsewhere it would be another.
    let stage: String
    let began: Moment
    /// Under this number intent and retrieval are asked.
    let question: UInt64
    var awaitsLabels = false
    var awaitsPassages = false
    var labels: [CallInput.Label] = []
    var passages: [Passage] = []
    /// The reply the model is at, or has made.
    var reply: UInt64?
    var pieces: [String] = []
    var calls: [JSON] = []
    var isDone = false

    /// Whether a transcript says the same, whatever its punctuation.
    func answers(_ text: String) -> Bool { Completeness.normalised(text) == Completeness.normalised(self.text) }
}
