/// The sentence that synthesis is at; one at a time, since it is faster than speech.
struct Synthesis {
    let item: UInt64
    /// The whole sentence.
    let text: String
    /// How many of its words were left to earlier voices; the one at work has begun with the next.
    var firstWord = 0
    /// Samples of the sentence that earlier voices gave and that are kept.
    var before = 0
    /// Samples that the voice at work has given.
    var samples = 0
    /// Where its words end, in milliseconds from the beginning of the sentence, as far as voices have told.
    var ends: [Int] = []

    /// What the voice at work was asked to say.
    var asked: String { firstWord == 0 ? text : WordTimes(text).text(from: firstWord) }
    var milliseconds: Int { (before + samples) / 8 }
}
