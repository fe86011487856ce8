import Media

/// The sentence that synthesis is at; one at a time, since it is faster than speech.
struct Synthesis {
    let item: UInt64
    /// The whole sentence.
    let text: String
    /// How many of its words were left to earlier voices; the one at work has begun with the next.
    var firstWord = 0
    /// Samples of the sentence that earlier voices gave and that are kept.
    var before = 0
    /// Samples that the voice at work has given and that are played.
    var samples = 0
    /// Samples of silence that it began with and that were left out, and whether that still goes on.
    var trimmed = 0
    var isTrimming = false
    /// Where its words end, in milliseconds from the beginning of the sentence, as far as voices have told.
    var ends: [Int] = []

    /// The most silence that is left out: more of it is meant. Enough stays to hear a soft beginning.
    private static let longestLead = 500 * 8
    private static let softBeginning = 5 * 8

    /// How many of the next samples are left out, because the caller, who waits, would only hear silence.
    mutating func trim(_ samples: Span<Int16>) -> Int {
        let room = Self.longestLead - trimmed
        let sound = Audible.onset(in: samples)
        let dropped = min(sound.map { max(0, $0 - Self.softBeginning) } ?? samples.count, room)
        trimmed += dropped
        isTrimming = sound == nil && trimmed < Self.longestLead
        if !isTrimming { ends = ends.map { max(0, $0 - trimmed / 8) } }
        return dropped
    }

    /// What the voice at work was asked to say.
    var asked: String { firstWord == 0 ? text : WordTimes(text).text(from: firstWord) }
    var milliseconds: Int { (before + samples) / 8 }
}
